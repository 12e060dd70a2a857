import { error, linksOf, ok, type Block, type CID, type Result, type ValueMap } from '@ipvm/ipld'
import { namesOf, type Delegation, type Invocation, type VerifiedTokens } from '@ipvm/ucan'
import type { Change, JournalEntry, RunState } from '@ipvm/store'
import type { Authority } from '../authority/authority.ts'
import type { Engine } from '../engine/engine.ts'
import { beyondSubmitter, readWorkflow, refusedTask } from './check.ts'
import type { Brought } from './brought.ts'
import { replayed, type SubmitFailure } from './failure.ts'
import { forkEntries, type ForkFrom } from './fork.ts'
import { signedEntries, signedTasks } from './signed-tasks.ts'
import { authorityOf, type Judged } from './judge.ts'
import { plainAliases } from './plain.ts'
import type { ReadWorkflow } from './read-workflow.ts'

/** A submission that may run, and what is to be written to accept it. */
export interface Accepted extends ReadWorkflow {
  readonly state: RunState
  readonly authority: Authority
  readonly runNonce: Uint8Array
  readonly meta?: ValueMap | undefined
  /** The one task was just looked for, and is not known. */
  readonly isUnknown?: boolean
  /** What is settled from the start, where it is a fork. */
  readonly entries: readonly JournalEntry[]
  readonly change: Change
}

/** What comes with an invocation. */
export interface CheckOptions {
  readonly delegations?: readonly Delegation[]
  readonly from?: ForkFrom
  readonly isUnknown?: boolean
}

/** The name of the run that an invocation asks for: the same of a signature's twin (ADR 26). */
export function runOf({ envelope }: Invocation): CID {
  return namesOf(envelope)[0] ?? envelope.cid
}

/** Checks a submission that may be obeyed: the workflow, and each of its tasks. Nothing is written. */
export async function check(
  judged: Judged,
  { delegations: given = [], from, isUnknown = false }: CheckOptions,
  engine: Engine,
  verified: VerifiedTokens,
): Promise<Result<Accepted, SubmitFailure>> {
  const { invocation, brought } = judged
  const { store, signer, world } = engine
  const run = runOf(invocation)
  if (await store.run(run)) return error(replayed(run))
  const read = await readWorkflow(invocation, engine, brought)
  if ('error' in read) return read
  // What this node, or another one, may read for the tasks leads to them.
  const readers = new Set(read.ok.layout.tasks.flatMap(({ agent }) => agent ?? []))
  const { only } = read.ok
  const authority = authorityOf(judged, { delegations: given, readers, only }, engine, verified)
  const { delegations } = authority
  // Of one pure task it was just judged whether it may be done.
  const isJudged = read.ok.layout.tasks.every(({ ran }) => ran !== undefined)
  const refused =
    (isJudged ? undefined : await refusedTask(read.ok, authority, engine)) ??
    (await beyondSubmitter(read.ok, { authority, engine, brought }))
  if (refused) return error(refused)
  const others = authority.isExecutor
    ? ok([])
    : signedTasks(invocation, read.ok.layout, brought?.invocations ?? [], signer.did)
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
  if (brought && !read.ok.document) engine.workflows.keep(read.ok.cid, read.ok.workflow, read.ok.layout)
  const signed = others.ok.map(({ envelope }) => envelope)
  const came = [...delegations.map(({ envelope }) => envelope), ...signed]
  const blocks = [invocation.envelope, ...came, ...blocksOf(read.ok, brought)]
  if (brought?.hasBlocks) engine.bringers.note(invocation.iss, blocks)
  const journal = [...entries.ok, ...signedEntries(run, others.ok, world.date(), entries.ok.length)]
  const state = { ...start, seq: journal.length, suspended: false, cancelling: false }
  const { nonce: runNonce, meta } = invocation
  const change = { blocks, runStarted: start, journal, aliases: plainAliases(read.ok) }
  const accepted = { state, authority, runNonce, meta, entries: journal, change }
  return ok({ ...read.ok, ...accepted, isUnknown: isUnknown && isJudged })
}

/** The blocks that came along and that what is accepted reaches; that of its workflow where it was made here. */
function blocksOf({ cid, document, event }: ReadWorkflow, brought: Brought | undefined): readonly Block[] {
  if (!document) return brought?.reached(event ? [cid, event] : [cid]) ?? []
  return brought?.hasBlocks ? [document, ...brought.reached(linksOf(document))] : [document]
}
