import type { CID } from '@ipvm/ipld'
import type { OutcomeError, Outcome } from '@ipvm/ucan'
import type { Settlement } from '@ipvm/store'
import type { Workflow } from '@ipvm/workflow'
import { plainOutcome } from '../secret/seal.ts'
import { handle, inPlace } from './catch.ts'
import type { RunTask, TaskSettled } from './task.ts'
import type { WorkContext } from './work-context.ts'

/** What a handler may do with the other tasks of a run. */
export interface HandlerContext extends WorkContext {
  taskOf(label: string): RunTask | undefined
  /** Starts a task that was on standby. */
  call(task: RunTask): void
  whenSettled(task: RunTask): Promise<TaskSettled>
}

/** How a failed task is settled once the workflow's handler has seen its failure. */
export async function handled(
  task: RunTask,
  failure: TaskSettled,
  handler: NonNullable<Workflow['catch']>,
  context: HandlerContext,
): Promise<TaskSettled> {
  const from = [failure.receipt.cid]
  const plain = await plainOutcome(failure.receipt, task.place.secret, context.engine)
  if ('error' in plain) return settle({ error: { ...plain.error } }, from)
  const out = plain.ok
  if ('ok' in out) throw new Error('only a failure is handled')
  const caught = await handle(task, failure.receipt, out.error, handler, context)
  if ('message' in caught) return settle({ error: said(out.error, caught.message) }, [...from, ...caught.from])
  from.push(caught.handler.cid)
  if ('value' in caught) return settle({ ok: caught.value }, from)
  const target = context.taskOf(caught.rewire)
  const problem = target ? unfit(task, target) : `there is no task of that label`
  if (!target || problem) {
    return settle({ error: said(out.error, `its handler named "${caught.rewire}" in its place: ${problem}`) }, from)
  }
  task.standIn = target
  context.call(target)
  const other = await context.whenSettled(target)
  const kept = await plainOutcome(other.receipt, target.place.secret, context.engine)
  const outcome = 'error' in kept ? { error: { ...kept.error } } : kept.ok
  return settle(outcome, [...from, other.receipt.cid], other.how === 'withdrawn' ? 'withdrawn' : 'failed')

  async function settle(
    outcome: Outcome,
    sources: readonly CID[],
    otherwise: Settlement = 'failed',
  ): Promise<TaskSettled> {
    // On the disk with the entry that says so.
    const { receipt } = await inPlace(task, outcome, sources, context)
    const { milliseconds } = failure
    return { receipt, lasting: false, how: 'ok' in receipt.out ? 'caught' : otherwise, milliseconds }
  }
}

function said(failure: OutcomeError, message: string): OutcomeError {
  return { ...failure, message }
}

/** Why a task cannot stand in another's place. */
function unfit(task: RunTask, target: RunTask): string | undefined {
  if (target === task) return 'it is the task that failed'
  if (target.place.secret && !task.place.secret) return 'it is secret, and what awaits the failed one is not'
  if (target.standIn) return 'another task stands in its own place'
  return awaits(target, task) ? 'it awaits the task that failed' : undefined
}

/** Whether one task waits for another, through however many that it awaits, or that stand in the place of those. */
function awaits(task: RunTask, other: RunTask): boolean {
  const seen = new Set<RunTask>([task])
  for (const next of seen) {
    const others = [next.standIn, next.asked?.join].filter(found => found !== undefined)
    for (const awaited of others.length > 0 ? [...next.awaits, ...others] : next.awaits) {
      if (awaited === other) return true
      seen.add(awaited)
    }
  }
  return false
}
