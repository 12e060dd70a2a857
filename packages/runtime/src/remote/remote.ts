import { blockOf, cidKey, type CID, type Failure } from '@ipvm/ipld'
import { noNonce, promisesIn, taskName, taskValue, type Invocation, type Receipt, type Task } from '@ipvm/ucan'
import type { Change } from '@ipvm/store'
import type { Did } from '@ipvm/varsig'
import { unreadableValue } from '../authority/inputs.ts'
import { Stopped } from '../effect/mutation.ts'
import { askAgainFor } from '../limits.ts'
import { knownEffect } from '../outcome/issue.ts'
import type { Asking, Others } from '../others/others.ts'
import { onAbort } from '../world/on-abort.ts'
import { sendOn } from './send-on.ts'
import type { RunTask } from '../run/task.ts'
import type { ResolvedTask } from '../run/resolved-task.ts'
import type { WorkContext } from '../run/work-context.ts'
import { contentOf } from './content.ts'
import { askUntil } from './ask-until.ts'
import { conclude, giveUp, settleBy, type RemoteResult } from './conclude.ts'
import {
  askingOf,
  hasPromises,
  proofTokens,
  readCommand,
  readTokens,
  signedFor,
  type InPlace,
  type Signed,
} from './signed.ts'

/** A task of another agent that is ready to be asked for. */
interface ReadyRemote {
  readonly agent: Did
  readonly others: Others
  /** Promises of what is not settled in place. */
  readonly whole: Task
  readonly inPlace: readonly InPlace[]
  readonly took: () => number
}

/**
 * Has another agent do a task: its invocation is on the disk before it is sent, and the same one is sent again until there is
 * an answer (ADR 102).
 */
export async function remote(
  task: RunTask,
  context: WorkContext,
  { args, inPlace }: ResolvedTask,
  took: () => number,
): Promise<RemoteResult> {
  const { engine } = context
  const { agent } = task.place
  const { others } = engine
  if (task.before?.type === 'unknown') return 'unknown'
  if (!agent || !others) throw new Error(`${task.label} is another agent's: the layout says so`)
  const ready = { agent, others, whole: { ...task.task, args }, inPlace, took }
  const known = await knownResult(task, ready, context)
  if (known) return settleBy(task, context, known, took())
  const work = () => askedFor(task, context, ready)
  const turn = { of: context.authority, priority: task.place.config.priority }
  return engine.laneOf(agent).hold(turn, context.signal, work)
}

/** A result that is there: of that agent; or of a pure task, which has the same wherever it is done. */
async function knownResult(
  { place }: RunTask,
  { agent, whole, inPlace }: ReadyRemote,
  context: WorkContext,
): Promise<Receipt | undefined> {
  const { engine } = context
  const profile = engine.commands[whole.cmd]?.profile
  if (place.class === 'pure' && profile !== undefined && inPlace.length === 0) {
    const { cmd, args } = whole
    const receipt = await engine.memo.find(taskName({ cmd, args, nonce: noNonce }), profile)
    if (receipt) return receipt
  }
  const known = await knownEffect(taskName(whole), engine, agent)
  return known && !(await unreadableValue(known, context)) ? known : undefined
}

async function askedFor(task: RunTask, context: WorkContext, ready: ReadyRemote): Promise<RemoteResult> {
  const { agent, took } = ready
  const found = await signedFor(task, ready.whole, agent, context)
  if ('error' in found) return giveUp(task, context, undefined, found.error, took())
  const { invocation } = found.ok
  const { sub, cmd, args, nonce, task: name } = invocation
  const sent = { name, task: { sub, cmd, args, nonce } }
  const until = givenUpAt(task, context)
  const doubt = { sent: await mayHaveArrived(task, context, found.ok) }
  const asking = await askingFor(task, context, { agent, invocation, until, doubt })
  if (!asking) {
    return task.pending > 0 ? 'later' : giveUp(task, context, undefined, notReadable(task.label, agent), took())
  }
  await noted(task, context, found.ok, until)
  task.sent = sent
  context.onRunning(task)
  context.onSent(task)
  return answeredTo(task, context, { ...ready, asking, signed: found.ok, until, doubt })
}

/** Its time goes on while this node is away; what was asked for before is asked for once more all the same. */
function givenUpAt(task: RunTask, { engine }: WorkContext): number {
  const now = engine.world.date()
  const latest = now + task.place.config.time
  const before = task.until ?? latest
  task.until = undefined
  return Math.min(latest, Math.max(before, now + askAgainFor))
}

interface AskingParts {
  readonly agent: Did
  readonly invocation: Invocation
  /** When it is given up, milliseconds since 1970. */
  readonly until: number
  readonly doubt: { readonly sent: boolean }
}

/** What the agent is asked; undefined where it could not come to what it awaits. */
async function askingFor(
  task: RunTask,
  context: WorkContext,
  { agent, invocation, until, doubt }: AskingParts,
): Promise<Asking | undefined> {
  const stays = inPlaceOf(task, invocation)
  const reading = await readTokens(agent, stays, Math.ceil(until / 1000) + 60, context)
  // What may have arrived is asked for again in any case.
  if (!reading && !doubt.sent) return undefined
  const tokens = [...(await proofTokens(invocation, context)), ...(reading ?? [])]
  const awaited = stays.map(other => blockOf(taskValue(other.task)))
  const blocks = [...awaited, ...(await contentOf(invocation, context))]
  const { cmd, args } = invocation
  const isPure = task.place.class === 'pure' && !hasPromises(invocation)
  const pure = isPure ? { pure: taskName({ cmd, args, nonce: noNonce }) } : {}
  return { ...askingOf(agent, invocation, tokens, blocks), ...pure }
}

/** The tasks of this run whose promises are in what another agent is asked, by what these are asked by themselves. */
function inPlaceOf({ awaits }: RunTask, { args }: Invocation): readonly InPlace[] {
  const targets = new Set(promisesIn(args).map(({ target }) => cidKey(target)))
  return awaits.flatMap(({ place: { agent }, sent, name, task }) => {
    const one = [sent, { name, task }].find(known => known && targets.has(cidKey(known.name)))
    return agent && one ? [{ ...one, agent }] : []
  })
}

interface Exchange extends ReadyRemote {
  readonly asking: Asking
  readonly signed: Signed
  readonly until: number
  readonly doubt: { sent: boolean }
}

async function answeredTo(task: RunTask, context: WorkContext, exchange: Exchange): Promise<RemoteResult> {
  const { asking, others, signed, until, doubt, took } = exchange
  const { engine, signal } = context
  const over = new AbortController()
  const stay = onAbort(signal, () => over.abort(signal.reason))
  if (hasPromises(signed.invocation)) sendOn(task, { others, asking, signal: over.signal }, engine)
  try {
    const answered = await askUntil(others, asking, {
      ...{ world: engine.world, signal, until, retry: task.place.config.retry, doubt },
      onAway: cause => away(task, context, asking.task, cause, until),
      onBack: () => back(task, context, signed, until),
    })
    return await conclude(task, context, { answered, doubt, invocation: signed.invocation, took })
  } catch (thrown) {
    // Nothing of it left this machine.
    if (thrown instanceof Stopped && !doubt.sent && task.place.class === 'mutation') {
      await engine.commits.commit({ concluded: [asking.task] })
    }
    throw thrown
  } finally {
    stay()
    over.abort(answeredBy)
  }
}

const answeredBy = new DOMException('it was answered', 'AbortError')

/** Whether it may have been asked for by this invocation before. */
async function mayHaveArrived(
  { place, before }: RunTask,
  { engine }: WorkContext,
  { invocation, isStored }: Signed,
): Promise<boolean> {
  if (place.class !== 'mutation') return false
  return (isStored && before?.type === 'reopened') || (await engine.store.intent(invocation.task)) !== undefined
}

/** Writes down what is about to be asked for; of a mutation, also that it is. */
async function noted(
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

function away({ label, place }: RunTask, { journal }: WorkContext, task: CID, why: Failure, until: number): void {
  const cause = { name: why.name, message: why.message }
  const event = { type: 'away', label, task, agent: place.agent ?? '', cause, until } as const
  journal.write(event).catch(() => {})
}

/** It is there again: what was said of it is no more. */
function back({ label }: RunTask, { journal }: WorkContext, { invocation }: Signed, until: number): void {
  const { task, envelope } = invocation
  journal.write({ type: 'signed', label, task, invocation: envelope.cid, until }).catch(() => {})
}

function notReadable(label: string, agent: Did): Failure {
  const message = `${label} is sent with promises in place, and nothing came along by which ${agent} may read what they stand for; delegate ${readCommand} of those tasks to it`
  return { name: 'NotReadable', message }
}
