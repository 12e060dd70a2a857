import type { CID, Failure } from '@ipvm/ipld'
import type { Change } from '@ipvm/store'
import type { Invocation, Receipt } from '@ipvm/ucan'
import { unreadableValue } from '../authority/inputs.ts'
import { issue, noProfile } from '../outcome/issue.ts'
import type { RunTask, TaskSettled } from '../run/task.ts'
import type { WorkContext } from '../run/work-context.ts'
import type { Answered } from './ask-until.ts'
import { hasPromises } from './signed.ts'

/**
 * What came of a task of another agent: it is settled; nobody knows whether it was done; or it is asked for later, when all
 * that it awaits has a value.
 */
export type RemoteResult = TaskSettled | 'unknown' | 'later'

/** What asking another agent for a task came to. */
export interface Conclusion {
  readonly answered: Answered
  readonly doubt: { readonly sent: boolean }
  readonly invocation: Invocation
  readonly took: () => number
}

/** What follows from what asking came to: an answer, a refusal, or that its time is over. */
export async function conclude(
  task: RunTask,
  context: WorkContext,
  { answered, doubt, invocation, took }: Conclusion,
): Promise<RemoteResult> {
  const name = invocation.task
  if ('receipt' in answered) {
    const { receipt, blocks } = answered
    // It did not come to the values, and has done nothing: whether it is asked for with them, they show when they are here.
    const { isExecutor } = context.authority
    if (hasPromises(invocation) && isWithoutValues(receipt) && (isExecutor || task.pending > 0)) {
      task.isSignedAnew = isExecutor
      await context.engine.commits.commit({ concluded: [name] })
      return 'later'
    }
    const unread = await unreadableValue(receipt, context)
    if (unread) return giveUp(task, context, name, unread, took())
    return settleBy(task, context, receipt, took(), name, { blocks, concluded: [name] })
  }
  const failure = 'refused' in answered ? answered.refused : answered.late
  if (task.place.class !== 'mutation' || !doubt.sent) return giveUp(task, context, name, failure, took())
  const cause = { name: failure.name, message: failure.message }
  await context.journal.write({ type: 'unknown', label: task.label, task: name, cause })
  return 'unknown'
}

/** Whether a task was not done since a value that it awaits could not be read, or there is none. */
function isWithoutValues({ out }: Receipt): boolean {
  return 'error' in out && (out.error.name === 'UnknownTask' || out.error.name === 'BranchMismatch')
}

/**
 * Settles a task by another agent's receipt, which is stored under the names that it settles.
 * @param name that it was asked for by, where it was not known before
 */
export async function settleBy(
  task: RunTask,
  context: WorkContext,
  receipt: Receipt,
  milliseconds: number,
  name?: CID,
  change: Change = {},
): Promise<TaskSettled> {
  const { memo, arrivals } = context.engine
  const reused = name === undefined
  const how = 'error' in receipt.out ? 'failed' : reused ? 'reused' : 'ran'
  const done = { receipt, lasting: false, milliseconds, how } as const
  const isGood = 'ok' in receipt.out && receipt.exp === null
  const names = isGood && name ? [task.name, name] : []
  const results = names.map(name => ({ name, profile: noProfile, receipt: receipt.cid }))
  await context.record(task, done, { change: { ...change, ...(reused ? {} : { receipts: [receipt], results }) } })
  memo.remember(receipt)
  arrivals.tell(receipt)
  return done
}

/** It was not done: this node says so itself. */
export async function giveUp(
  task: RunTask,
  context: WorkContext,
  name: CID | undefined,
  { name: kind, message }: Failure,
  milliseconds: number,
): Promise<TaskSettled> {
  const issued = await issue(context.engine, {
    ...{ asked: task.name, resolved: task.name, from: [], names: [], blocks: [], secret: false, depth: context.depth },
    ...{ done: { out: { error: { name: kind, message } }, permanent: false }, tellsNothing: true },
  })
  const done = { receipt: issued.receipt, lasting: false, milliseconds, how: 'failed' } as const
  await context.record(task, done, { change: name ? { concluded: [name] } : {}, after: issued.stored })
  return done
}
