import { blockOf, type CID, type Failure } from '@ipvm/ipld'
import { taskValue, type Outcome } from '@ipvm/ucan'
import type { Settlement } from '@ipvm/store'
import type { Past, PutBack } from '../submission/past.ts'
import { inPlace } from '../run/catch.ts'
import { allowedEffects, spawn, type SpawnContext } from './spawn.ts'
import type { RunTask, TaskSettled } from '../run/task.ts'
import type { WorkContext } from '../run/work-context.ts'

/** What it takes to let tasks join a run that its functions ask for. */
export interface AskingContext extends WorkContext, SpawnContext {
  readonly past: Past
  /** Lets them join, where the journal left them. */
  adopt(tasks: PutBack): void
  whenSettled(task: RunTask): Promise<TaskSettled>
}

/**
 * Lets the tasks join that the function of a task asked for, all of them or none; that is written down. How the task is
 * settled instead, where none may.
 */
export async function ask(task: RunTask, own: TaskSettled, context: AskingContext): Promise<TaskSettled | undefined> {
  const { receipt, stored } = own
  const { fx } = receipt
  if (!fx) throw new Error('what asks for tasks has a receipt that says for which')
  const placed = await allowedEffects(task, fx, context.authority, context)
  if ('error' in placed) return refused(task, own, placed.error, context)
  const { tasks, join } = spawn(task, placed.ok, context)
  task.asked = { own, children: tasks, ...(join && { join }) }
  const { label, name } = task
  const event = { type: 'spawned', label, task: name, receipt: receipt.cid, tasks: placed.ok.tasks.length } as const
  // Faults of the journal reach the run; whatever rests on it is written after it.
  const blocks = tasks.filter(({ place }) => place.class === 'pure').map(({ task: asked }) => blockOf(taskValue(asked)))
  const change = { canWait: true, blocks }
  context.journal.write(event, { ...(stored && { after: stored }), change }).catch(() => {})
  context.adopt(await context.past.putBack(tasks, task, context))
  return undefined
}

/** How a task is settled that asked for others: by its own result, or as the one ends that goes on in its place. */
export async function joined(task: RunTask, own: TaskSettled, context: AskingContext): Promise<TaskSettled> {
  const { stored, ...settled } = own
  const join = task.asked?.join
  if (!join) {
    context.record(task, settled, { ...(stored && { after: stored }) }).catch(() => {})
    return settled
  }
  const other = await context.whenSettled(join)
  return settle(task, own, other.receipt.out, [own.receipt.cid, other.receipt.cid], howJoined(other), context)
}

function howJoined({ receipt, how }: TaskSettled): Settlement {
  if ('ok' in receipt.out) return 'ran'
  return how === 'withdrawn' || how === 'skipped' ? how : 'failed'
}

function refused(task: RunTask, own: TaskSettled, failure: Failure, context: AskingContext): Promise<TaskSettled> {
  const { name, message } = failure
  return settle(task, own, { error: { name, message } }, [own.receipt.cid], 'failed', context)
}

async function settle(
  task: RunTask,
  { milliseconds, stored }: TaskSettled,
  out: Outcome,
  from: readonly CID[],
  how: Settlement,
  context: AskingContext,
): Promise<TaskSettled> {
  const issued = await inPlace(task, out, from, context)
  const settled = { receipt: issued.receipt, lasting: false, how, milliseconds }
  // It follows from what is written down, and is found again.
  const after = Promise.all([issued.stored, stored]).then(() => {})
  context.record(task, settled, { after }).catch(() => {})
  return settled
}
