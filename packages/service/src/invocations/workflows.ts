import { CID, ok, type Value, type ValueMap } from '@ipvm/ipld'
import type { RunEvent as ToldEvent } from '@ipvm/network/http/server'
import type { RunEvent, TaskStatus } from '@ipvm/runtime'
import type { RunRecord } from '@ipvm/store'
import { decodeInvocation } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import type { Handler } from './handler.ts'
import { malformedArguments, refused } from './refusal.ts'

/** `/workflow/read {workflow}`: what is known of a workflow's newest run, or of the run of that name. */
export function workflowReader(context: ServiceContext): Handler {
  return {
    answer: async ({ invocation }) => {
      const { workflow, ...rest } = invocation.args
      if (!(workflow instanceof CID) || Object.keys(rest).length > 0) {
        return malformedArguments('/workflow/read', '{workflow: link}')
      }
      const known = await workflowStatus(workflow, context)
      if (known !== undefined) return ok({ out: { ok: known } })
      return refused({ name: 'NotFound', message: `no workflow or run ${workflow} is known here` })
    },
  }
}

/** The newest run of a workflow, or the run of that name. */
export async function runNamed(cid: CID, { store }: Pick<ServiceContext, 'store'>): Promise<RunRecord | undefined> {
  return (await store.run(cid)) ?? store.runOf(cid)
}

/** Who asked for a run. */
export async function submitterOf(run: RunRecord, { store }: Pick<ServiceContext, 'store'>): Promise<Did | undefined> {
  const bytes = await store.block(run.invocation)
  const invocation = bytes && decodeInvocation(bytes)
  return invocation && 'ok' in invocation ? invocation.ok.iss : undefined
}

/** What is known of a run and its tasks; of secret tasks only how they stand. */
export async function workflowStatus(cid: CID, context: ServiceContext): Promise<Value | undefined> {
  const record = await runNamed(cid, context)
  if (!record) return undefined
  const { run, workflow, name, at, endedAt, invocation, owner } = record
  const known = await context.runtime().status(run, owner)
  if ('error' in known) return { run, workflow, problem: known.error.message }
  const { condition, released, tasks } = known.ok
  return {
    ...{ run, workflow, invocation, at, condition, released },
    ...(name !== undefined && { name }),
    ...(endedAt !== undefined && { endedAt }),
    tasks: tasks.map(taskValue),
  }
}

function taskValue(status: TaskStatus): ValueMap {
  const { label, task, state } = status
  if (task.secret) return { label, state, secret: true }
  const about = { label, state, task: task.name, cmd: task.task.cmd }
  if (status.state === 'settled') return { ...about, how: status.how, receipt: status.receipt }
  if (status.state === 'awaiting' || status.state === 'held') return { ...about, labels: [...status.labels] }
  return status.state === 'unknown' || status.state === 'retrying' ? { ...about, cause: { ...status.cause } } : about
}

/** What happens in a run, from after an event on. */
export async function runEvents(
  cid: CID,
  after: number,
  signal: AbortSignal,
  context: ServiceContext,
): Promise<AsyncIterable<ToldEvent> | undefined> {
  const record = await runNamed(cid, context)
  return record && told(context.runtime().follow(record.run, { after, signal }))
}

async function* told(events: AsyncIterable<RunEvent>): AsyncGenerator<ToldEvent> {
  for await (const event of events) yield { id: event.seq, event: event.type, data: eventValue(event) }
}

/** An event as a value. What a secret task gave, and its name, are nobody else's to see. */
function eventValue(event: RunEvent): ValueMap {
  const { at } = event
  switch (event.type) {
    case 'settled': {
      const { label, how, milliseconds, receipt, task } = event
      const about = { at, label, how, milliseconds }
      return event.secret ? { ...about, secret: true } : { ...about, task, receipt: receipt.cid }
    }
    case 'ended':
      return { at, end: event.end }
    case 'retrying':
      return { at, label: event.label, attempt: event.attempt, due: event.due }
    case 'intent':
      return { at, label: event.label, attempt: event.attempt }
    case 'waiting':
      return { at, label: event.label, target: event.target, until: event.until }
    case 'reopened':
      return { at, labels: [...event.labels] }
    case 'spawned':
      return { at, label: event.label, tasks: event.tasks }
    case 'unknown':
      return { at, label: event.label }
    default:
      return { at }
  }
}
