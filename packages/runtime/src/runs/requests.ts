import { blockOf, error, ok, type CID, type Failure, type Result } from '@ipvm/ipld'
import { taskValue, type Outcome } from '@ipvm/ucan'
import type { Change, JournalEvent, RunRecord } from '@ipvm/store'
import { knownEffect, sign } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'
import { hasSucceeded, type RunTask } from '../run/task.ts'

/** There is no such run, or it has no such task, or is not in a state in which that can be asked of it. */
export interface RequestFailure extends Failure {
  readonly name:
    | 'UnknownRun'
    | 'UnknownLabel'
    | 'RunEnded'
    | 'NothingToRetry'
    | 'NotUnknown'
    | 'KnownByNow'
    | 'AskedElsewhere'
    | 'UnknownFirst'
    | 'DamagedRun'
    | 'NotAllowed'
}

/** A run that is not there. */
export function unknownRun(run: CID): RequestFailure {
  return { name: 'UnknownRun', message: `there is no run ${run} in this store; ipvm ps lists those that are` }
}

/** A run that has ended already. */
export function runEnded({ run, end }: Pick<RunRecord, 'run' | 'end'>): RequestFailure {
  return { name: 'RunEnded', message: `the run ${run} has ended (${end}); nothing of it goes on` }
}

/**
 * The tasks that are settled anew where one of them is: it, all that await it, and what was taken back since it failed. What
 * succeeded is not done again.
 */
function reopen(tasks: readonly RunTask[], label: string): Result<JournalEvent, RequestFailure> {
  const task = tasks.find(({ labels }) => labels.includes(label))
  if (!task) return error(unknownLabel(label, tasks))
  const how = task.settled?.how
  if (task.phase === 'settled' && how !== 'failed' && how !== 'withdrawn' && how !== 'skipped') {
    return error({
      name: 'NothingToRetry',
      message: `${label} ${how === 'ran' ? 'ran, and succeeded' : `was ${how}`}; only what failed, was skipped, or is unknown is tried again`,
    })
  }
  const undone = task.place.standby ? undefined : tasks.find(({ compensation }) => isDone(compensation))
  if (task.phase === 'settled' && undone) {
    const message = `${undone.label} was undone since, and is not done again under its name; run the workflow again, or fork the run`
    return error({ name: 'NothingToRetry', message })
  }
  const again = new Set<RunTask>([task])
  for (const other of tasks) {
    // What was called upon stays as it ended; what was not needed may be needed now.
    const { how } = other.settled ?? {}
    if (how === 'withdrawn' || (other.place.standby && how === 'skipped')) again.add(other)
  }
  addFollowing(again)
  // To be tried again takes a word of its own: it may have been done.
  const doubtful = [...again].find(other => other !== task && isUnknown(other))
  if (doubtful) {
    const message = `nobody knows whether ${doubtful.label} was done, which ${label} goes into; say that first`
    return error({ name: 'UnknownFirst', message })
  }
  const asked = [...again].find(other => other !== task && wasAskedFor(other))
  if (asked) {
    const message = `${asked.label}, which awaits ${label}, was asked for already, and is not again but by its own name; fork the run to do both anew`
    return error({ name: 'NothingToRetry', message })
  }
  return ok({ type: 'reopened', labels: [...again].flatMap(({ labels }) => labels) })
}

/**
 * Adds what is settled anew with tasks: what awaits them; what these had asked for, which may be something else then; and
 * who asked for one that went on in its place, but none of the others that that asked for.
 */
function addFollowing(again: Set<RunTask>): void {
  const askers = new Set<RunTask>()
  for (const next of again) {
    for (const dependent of next.dependents) again.add(dependent)
    if (next.asker?.asked?.join === next && !again.has(next.asker)) askers.add(next.asker)
    if (next.asker?.asked?.join === next) again.add(next.asker)
    if (!askers.has(next)) for (const child of next.asked?.children ?? []) again.add(child)
  }
}

/** Whether a task was done, in this run or for it. */
function isDone(task: RunTask | undefined): boolean {
  return task?.phase === 'settled' && task.settled !== undefined && hasSucceeded(task.settled.how)
}

/** Whether a mutation that failed had gone out: nobody but a person who names it has it asked for once more. */
function wasAskedFor({ place, settled, before }: RunTask): boolean {
  return place.class === 'mutation' && settled?.how === 'failed' && before !== undefined && before.type !== 'reopened'
}

function isUnknown({ phase, before }: RunTask): boolean {
  return phase !== 'settled' && (before?.type === 'unknown' || before?.type === 'intent')
}

/** What changes a run, and what is written with that. */
export interface Amendment {
  readonly event: JournalEvent
  readonly change: Change
}

/** What a person's word on a task is judged by. */
export interface AmendContext {
  readonly run: CID
  readonly engine: Engine
  /** Whether some run is asking for the mutation of this name now. */
  isUnderWay(task: CID): boolean
}

/**
 * Settles a task anew, by a person's word. Of a mutation that may have been done, the word is about the last time that it was
 * asked for, and for one more time: the intent of that is done with, so that one that is found later is in doubt again.
 */
export async function retryByHand(
  tasks: readonly RunTask[],
  label: string,
  { run, engine, isUnderWay }: AmendContext,
): Promise<Result<Amendment, RequestFailure>> {
  const event = reopen(tasks, label)
  if ('error' in event) return event
  const task = tasks.find(({ labels }) => labels.includes(label))
  if (!task || !isUnknown(task) || !task.before || task.before.type === 'reopened')
    return ok({ event: event.ok, change: {} })
  const resolved = task.before.task
  const { isOpen, other } = await lastAsked(resolved, run, engine)
  // The last question, since another run may begin to ask at any time.
  if (isUnderWay(resolved)) return error(askedNow(label))
  if (other) {
    const message = `${label} was asked for last by the run ${other}; say it there, and this run takes what that one learns`
    return error({ name: 'AskedElsewhere', message })
  }
  // Where none is open, the next one to come is not what was spoken of.
  return ok({ event: event.ok, change: isOpen ? { concluded: [resolved] } : {} })
}

/** Whether it is open how a mutation ended; `other` is a run that asked last, and goes on or waits for a person itself. */
async function lastAsked(
  task: CID,
  run: CID,
  { store }: Engine,
): Promise<{ readonly isOpen: boolean; readonly other?: CID }> {
  const asker = (await store.intent(task))?.run
  if (!asker) return { isOpen: false }
  const isOther = !asker.equals(run) && (await store.run(asker))?.end === undefined
  return { isOpen: true, ...(isOther && { other: asker }) }
}

function askedNow(label: string): RequestFailure {
  const message = `${label} is being asked for by another run now; the run goes on and waits for its answer`
  return { name: 'KnownByNow', message }
}

/** What a person says of a mutation that may have been done, as its receipt. */
export async function settleByHand(
  tasks: readonly RunTask[],
  label: string,
  out: Outcome,
  { run, engine, isUnderWay }: AmendContext,
): Promise<Result<Amendment, RequestFailure>> {
  const task = tasks.find(({ labels }) => labels.includes(label))
  if (!task) return error(unknownLabel(label, tasks))
  const { before } = task
  if (task.phase === 'settled' || (before?.type !== 'unknown' && before?.type !== 'intent')) {
    return error({ name: 'NotUnknown', message: `how ${label} ended is not unknown; ipvm show tells how it stands` })
  }
  if (await knownEffect(before.task, engine)) {
    const message = `${label} was done for another run, and is known by now; the run goes on and takes that`
    return error({ name: 'KnownByNow', message })
  }
  if (isUnderWay(before.task)) return error(askedNow(label))
  const good = 'ok' in out
  const { receipt, change } = await sign(engine, {
    ...{ asked: task.name, resolved: before.task, from: [], names: [task.name, before.task] },
    ...{ done: { out, permanent: good }, secret: task.place.secret },
    blocks: [blockOf(taskValue(task.task))],
  })
  const how = good ? 'ran' : 'failed'
  const event = { type: 'settled', label, task: task.name, how, receipt: receipt.cid, milliseconds: 0 } as const
  // That this run gives it up says nothing of the time that another one asked for it: whoever comes next is in doubt as that is.
  const { isOpen, other } = await lastAsked(before.task, run, engine)
  const isConcluded = good || (isOpen && !other)
  return ok({ event, change: { ...change, ...(isConcluded && { concluded: [before.task] }) } })
}

function unknownLabel(label: string, tasks: readonly RunTask[]): RequestFailure {
  const labels = tasks.flatMap(task => task.labels).slice(0, 20)
  return { name: 'UnknownLabel', message: `the run has no task "${label}"; it has ${labels.join(', ')}` }
}
