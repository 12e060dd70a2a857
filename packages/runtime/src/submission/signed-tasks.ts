import { cidKey, error, ok, type CID, type Result } from '@ipvm/ipld'
import type { Invocation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { JournalEntry } from '@ipvm/store'
import { invalidWorkflow, type InvalidWorkflow, type Layout } from '@ipvm/workflow'
import { runTasks, type RunTask } from '../run/task.ts'

/** An invocation that came along, and the task that it is of. */
export interface SignedTask extends Pick<Invocation, 'envelope' | 'task'> {
  readonly label: string
}

/**
 * The invocations of those tasks that other agents are to do for somebody else: each is signed by who submits the workflow,
 * since this node asks nobody for what is not its own. Failure: one that is missing, or cannot be signed ahead.
 */
export function signedTasks(
  { iss, nonce }: Pick<Invocation, 'iss' | 'nonce'>,
  { tasks }: Layout,
  along: readonly Invocation[],
  node: Did,
): Result<readonly SignedTask[], InvalidWorkflow> {
  if (!tasks.some(({ agent }) => agent)) return ok([])
  const known = new Map(along.filter(other => sameDid(other.iss, iss)).map(other => [cidKey(other.task), other]))
  const signed: SignedTask[] = []
  for (const task of runTasks(tasks, nonce, node)) {
    if (!task.place.agent) continue
    const invocation = known.get(cidKey(task.name))
    const problem = invocation ? undefined : problemOf(task, iss)
    if (problem !== undefined || !invocation) return error(invalidWorkflow(`tasks.${task.label}.sub`, problem ?? ''))
    for (const label of task.labels) signed.push({ label, envelope: invocation.envelope, task: invocation.task })
  }
  return ok(signed)
}

function problemOf({ place, name, awaits }: RunTask, iss: Did): string {
  const here = awaits.find(other => !other.place.agent)
  const whose = `it is ${place.agent}'s to do`
  if (here) {
    return `${whose}, and awaits "${here.label}", which is done here; whoever submits a workflow signs it before that is known, so that it can await what other agents do alone`
  }
  return `${whose}: send an invocation of it along, of the task ${name}, that ${iss} signed`
}

/** The entries with which the journal of a run begins for which others are asked. */
export function signedEntries(
  run: CID,
  signed: readonly SignedTask[],
  at: number,
  after: number,
): readonly JournalEntry[] {
  return signed.map(({ label, task, envelope }, i) => {
    const event = { type: 'signed', label, task, invocation: envelope.cid } as const
    return { run, seq: after + i + 1, at, event }
  })
}
