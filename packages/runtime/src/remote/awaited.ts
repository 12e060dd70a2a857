import { decode, error, ok, type CID, type Failure, type Result, type Value } from '@ipvm/ipld'
import { findProofs, invoke, limits, readTask, type Delegation, type Receipt } from '@ipvm/ucan'
import type { ResultIndex, Store } from '@ipvm/store'
import { sameDid, type Did } from '@ipvm/varsig'
import { awaitedMax, hintsMax } from '../limits.ts'
import { noProfile } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'
import type { ResolveContext } from '../run/work-context.ts'
import { askUntil } from './ask-until.ts'
import { addressesKey, chainOf, readCommand } from './signed.ts'

/** A task of another agent that is awaited here, and by what right its receipt is read there. */
export interface AwaitedThere {
  readonly task: CID
  readonly agent: Did
  readonly proofs: readonly Delegation[]
  /** For how long it may be read, milliseconds. */
  readonly wait: number
}

/**
 * Whose an awaited task is, where it is another agent's whose block came along, and may be read there. Undefined for any
 * other.
 */
export async function awaitedThere(
  task: CID,
  { engine, authority }: ResolveContext,
): Promise<AwaitedThere | undefined> {
  const { others, signer, world } = engine
  const agent = await agentOf(task, engine)
  if (!agent || !others?.ask) return undefined
  const request = { iss: signer.did, sub: agent, cmd: readCommand, args: { task } }
  const proofs = authority.isOwn
    ? findProofs((await others.proofs?.(agent, readCommand)) ?? [], request, world.now())
    : await chainOf(request, authority)
  if (!proofs) return undefined
  const ends = proofs.flatMap(({ exp }) => (exp === null ? [] : [exp * 1000 - world.date()]))
  return { task, agent, proofs, wait: Math.max(0, Math.min(awaitedMax, ...ends)) }
}

/** The other agent whose a task is to do, as its block says. */
async function agentOf(task: CID, { store, signer }: Engine): Promise<Did | undefined> {
  const sub = await subjectOf(task, store)
  return sub === undefined || sameDid(sub, signer.did) ? undefined : sub
}

/** Whose a task is to do, as its block says; undefined where it is anybody's, or its block is not here. */
export async function subjectOf(task: CID, store: Pick<Store, 'block'>): Promise<Did | undefined> {
  const bytes = await store.block(task)
  const value = bytes && decode(bytes)
  const read = value && 'ok' in value ? readTask(value.ok) : undefined
  return read && 'ok' in read ? read.ok.sub : undefined
}

/** Where the agent may be, as the last who passed it on says. */
function hintsIn(proofs: readonly Delegation[]): readonly string[] {
  const hints = proofs.at(-1)?.meta?.[addressesKey]
  const list: readonly Value[] = Array.isArray(hints) ? hints : []
  return list.filter(hint => typeof hint === 'string').slice(0, hintsMax)
}

/**
 * Reads the receipt of an awaited task where that is done, and stores it. Failure: that it is not given. Rejects when
 * `signal` aborts.
 */
export async function readThere(
  { task, agent, proofs, wait }: AwaitedThere,
  { world, signer, others, commits, memo, arrivals }: Engine,
  signal: AbortSignal,
): Promise<Result<CID, Failure>> {
  if (!others) throw new Error('it is awaited from another, whom this node can ask')
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const fields = { sub: agent, cmd: readCommand, args: { task }, prf, nonce: world.random(limits.nonceBytes) }
  const invocation = await invoke({ ...fields, exp: world.now() + Math.ceil(wait / 1000) + 60 }, signer)
  const tokens = [invocation.envelope.bytes, ...proofs.map(({ envelope }) => envelope.bytes)]
  const asking = { agent, task, tokens, blocks: [], hints: hintsIn(proofs) }
  const retry = { max: 1, backoff: 500, factor: 2 }
  const until = world.date() + wait
  const answered = await askUntil(others, asking, { world, signal, until, retry, doubt: { sent: false } })
  if (!('receipt' in answered)) return error('refused' in answered ? answered.refused : answered.late)
  const { receipt, blocks } = answered
  await commits.commit({ receipts: [receipt], blocks, results: resultsOf(receipt, task) })
  memo.remember(receipt)
  arrivals.tell(receipt)
  return ok(receipt.cid)
}

/** What another agent's receipt settles for good: a failure for now settles who waits for it, and nothing that asks later. */
export function resultsOf({ cid, out, exp }: Receipt, name: CID): readonly ResultIndex[] {
  return 'ok' in out || exp === null ? [{ name, profile: noProfile, receipt: cid }] : []
}
