import { error, ok, type CID, type Result, type ValueMap } from '@ipvm/ipld'
import { namesOf, validate, type ChainContext, type Delegation, type Invocation, type VerifiedTokens } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import type { Change, JournalEntry, RunState } from '@ipvm/store'
import { Authority } from '../authority/authority.ts'
import type { Engine } from '../run/engine.ts'
import { readWorkflow, refusedTask, type ReadWorkflow } from './check.ts'
import { aboutAnother, replayed, type SubmitFailure } from './failure.ts'
import { forkEntries, type ForkFrom } from './fork.ts'
import { signedEntries, signedTasks } from './signed-tasks.ts'

/** A submission that may run, and what is to be written to accept it. */
export interface Accepted extends ReadWorkflow {
  readonly state: RunState
  readonly authority: Authority
  readonly runNonce: Uint8Array
  readonly meta?: ValueMap | undefined
  /** What is settled from the start, where it is a fork. */
  readonly entries: readonly JournalEntry[]
  readonly change: Change
}

/** What comes with an invocation. */
export interface CheckOptions {
  readonly delegations?: readonly Delegation[]
  /** Invocations that came along: of tasks that are other agents' to do. */
  readonly invocations?: readonly Invocation[]
  readonly from?: ForkFrom
  /** It was signed here just now, and needs no proof. */
  readonly isOwn?: boolean
}

/** The name of the run that an invocation asks for: the same of a signature's twin (ADR 26). */
export function runOf({ envelope }: Invocation): CID {
  return namesOf(envelope)[0] ?? envelope.cid
}

/** Checks a submission: who asks, the workflow, and each of its tasks. Nothing is written. */
export async function check(
  invocation: Invocation,
  { delegations: along = [], invocations = [], from, isOwn = false }: CheckOptions,
  engine: Engine,
  verified: VerifiedTokens,
): Promise<Result<Accepted, SubmitFailure>> {
  const { store, signer, world } = engine
  const context = () => ({ now: world.now(), revocations: store, verified })
  const allowed = isOwn ? ok([]) : await proofsOf(invocation, engine, context())
  if ('error' in allowed) return allowed
  const delegations = [...allowed.ok, ...along]
  const run = runOf(invocation)
  if (await store.run(run)) return error(replayed(run))
  const read = await readWorkflow(invocation, engine)
  if ('error' in read) return read
  const authority = new Authority(invocation.iss, signer.did, delegations, context, read.ok.only)
  const refused = await refusedTask(read.ok, authority, engine)
  if (refused) return error(refused)
  const others = authority.isExecutor ? ok([]) : signedTasks(invocation, read.ok.layout, invocations, signer.did)
  if ('error' in others) return others
  if (from && !authority.isOwn) {
    return error({
      name: 'NotForkable',
      message: 'a run is forked by this node alone, since it takes what was settled there',
    })
  }
  const entries = from ? await forkEntries(run, read.ok, from, engine) : ok([])
  if ('error' in entries) return entries
  const { name } = read.ok.workflow
  const start = {
    ...{ run, invocation: invocation.envelope.cid, delegations: delegations.map(({ envelope }) => envelope.cid) },
    ...{ workflow: read.ok.cid, tasks: read.ok.layout.tasks.length, at: world.now(), owner: world.owner },
    ...(name !== undefined && { name }),
  }
  const signed = others.ok.map(({ envelope }) => envelope)
  const blocks = [invocation.envelope, ...along.map(({ envelope }) => envelope), ...signed]
  const journal = [...entries.ok, ...signedEntries(run, others.ok, world.date(), entries.ok.length)]
  const state = { ...start, seq: journal.length, suspended: false, cancelling: false }
  const { nonce: runNonce, meta } = invocation
  const change = { blocks, runStarted: start, journal }
  return ok({ ...read.ok, state, authority, runNonce, meta, entries: journal, change })
}

/** The proofs of an invocation that this node may be asked by. */
async function proofsOf(
  invocation: Invocation,
  { store, signer }: Engine,
  context: ChainContext,
): Promise<Result<readonly Delegation[], SubmitFailure>> {
  const resolveProof = (cid: CID) => store.block(cid)
  const allowed = await validate(invocation, { ...context, executor: signer.did, resolveProof })
  if ('error' in allowed) return allowed
  if (!sameDid(invocation.sub, signer.did)) return error(aboutAnother(invocation.sub, signer.did))
  return ok(allowed.ok.proofs)
}
