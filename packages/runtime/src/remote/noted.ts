import { blockOf, type CID, type Failure } from '@ipvm/ipld'
import { taskValue } from '@ipvm/ucan'
import type { Change } from '@ipvm/store'
import type { RunTask } from '../run/task.ts'
import type { WorkContext } from '../run/work-context.ts'
import type { Signed } from './signed.ts'

/** Writes down what is about to be asked for; of a mutation, also that it is. */
export async function noted(
  task: RunTask,
  context: WorkContext,
  { invocation, isStored }: Signed,
  until: number,
): Promise<void> {
  const { journal, engine } = context
  const { place, label } = task
  const name = invocation.task
  const { sub, cmd, args, nonce } = invocation
  const blocks = [invocation.envelope, blockOf(taskValue({ sub, cmd, args, nonce }))]
  const { cid } = invocation.envelope
  const attempt = (place.class === 'mutation' && (await engine.store.intent(name))?.attempt) || 0
  const intent = { task: name, run: journal.run, label, attempt: attempt + 1, at: engine.world.date() }
  const change: Change = { ...(!isStored && { blocks }), ...(place.class === 'mutation' && { intents: [intent] }) }
  const signed = journal.write({ type: 'signed', label, task: name, invocation: cid, until }, { change })
  if (place.class === 'mutation') await journal.write({ type: 'intent', label, task: name, attempt: attempt + 1 })
  await signed
  task.signed = cid
  task.isSignedAnew = false
}

/** It does not answer: whoever looks is told for whom is waited, and why. */
export function away(
  { label, place }: RunTask,
  { journal }: WorkContext,
  task: CID,
  why: Failure,
  until: number,
): void {
  const cause = { name: why.name, message: why.message }
  const event = { type: 'away', label, task, agent: place.agent ?? '', cause, until } as const
  journal.write(event).catch(() => {})
}

/** It is there again: what was said of it is no more. */
export function back({ label }: RunTask, { journal }: WorkContext, { invocation }: Signed, until: number): void {
  const { task, envelope } = invocation
  journal.write({ type: 'signed', label, task, invocation: envelope.cid, until }).catch(() => {})
}
