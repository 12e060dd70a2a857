import type { Block, CID } from '@ipvm/ipld'
import type { TaskConfig } from '@ipvm/workflow'
import { issueReceipt, type Receipt } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Change, Report, ResultIndex } from '@ipvm/store'
import { contradicts } from '@ipvm/store/settled-by'
import type { Execution } from '../command/command.ts'
import { impermanentSeconds } from '../limits.ts'
import type { Engine } from '../engine/engine.ts'
import { hideError, sealOutcome } from '../secret/seal.ts'
import { kept, type Kept } from './report.ts'
import { guarded, spill } from './spill.ts'

/** What a receipt is to say, and what is stored with it. */
export interface Conclusion {
  readonly asked: CID
  readonly resolved: CID
  /** The name under which an invocation of its own asked for it, where that is another one than `asked` (ADR 99). */
  readonly ran?: CID
  readonly from: readonly CID[]
  /** Absent of effects. */
  readonly profile?: string
  readonly done: Execution
  /** What the run that gave it was allowed, where there was one. */
  readonly limits?: TaskConfig
  /** The names that it settles, where it is permanent. */
  readonly names: readonly CID[]
  readonly blocks: readonly Block[]
  /** It is sealed, nothing of it leaves this node, and its log is not kept. */
  readonly secret: boolean
  /** How many events led to it, one by the other; none, where it is absent. */
  readonly depth?: number
  /** Whether secrets went in: then its error tells nothing, also where what it gives is none. */
  readonly holdsSecret?: boolean
  /** Whether its outcome is of this runtime's own, and tells nothing of what goes in or comes out. */
  readonly tellsNothing?: boolean
  /** Under what it is sealed, where that is not the resolved name. */
  readonly sealedFor?: CID
  /** How long it counts at most, seconds; without end, where it is permanent and nothing else is said. */
  readonly seconds?: number
}

/** A signed receipt, and what is to be written with it. */
export interface Signed {
  readonly receipt: Receipt
  readonly change: Change
  /** What the run behind it used, where there was one. */
  readonly report?: Report
}

/** A receipt, and when it is on the disk. What awaits a pure result need not wait for that. */
export interface Issued {
  readonly receipt: Receipt
  readonly stored: Promise<void>
  /** What the run behind it used, where there was one. */
  readonly report?: Report
}

/** Signs a receipt. */
export async function sign(engine: Engine, conclusion: Conclusion): Promise<Signed> {
  const { signer, world } = engine
  const { asked, resolved, from, profile, secret, ran = asked } = conclusion
  const whole = await keptOf(engine, conclusion)
  const { out, permanent, report, fx } = whole
  const seconds = conclusion.seconds ?? (permanent ? undefined : impermanentSeconds)
  const exp = seconds === undefined ? null : world.now() + seconds
  const as = resolved.equals(ran) ? {} : { as: resolved }
  const about = {
    ...(fx && { fx }),
    ...(profile !== undefined && { profile }),
    ...(report && { gas: report.used.gas }),
  }
  const receipt = await issueReceipt({ ran, ...as, from, out, ...about, exp }, signer)
  const told = report && secret ? { ...report, log: '' } : report
  const blocks = [...conclusion.blocks, ...whole.blocks]
  const change = {
    blocks,
    receipts: [receipt],
    results: permanent ? resultsOf(conclusion, receipt.cid) : [],
    reports: told ? [{ receipt: receipt.cid, ...told }] : [],
    ...(conclusion.depth && { depth: conclusion.depth }),
    ...(secret && { secrets: [asked, resolved, receipt.cid, ...blocks.map(({ cid }) => cid)] }),
  }
  return { receipt, change, ...(told && { report: told }) }
}

/** What is kept of an outcome: of a secret, only what is sealed. */
async function keptOf({ seal }: Engine, conclusion: Conclusion): Promise<Kept> {
  const { done, limits, secret, holdsSecret, tellsNothing, resolved, sealedFor = resolved } = conclusion
  const isSealed = secret && !tellsNothing
  const shown = holdsSecret && !tellsNothing ? hideError(done.out) : done.out
  const out = isSealed ? await sealOutcome(done.out, sealedFor, seal ?? unsealed()) : guarded(shown)
  if (limits) return kept({ ...done, out }, limits)
  return { ...spill(out), permanent: done.permanent }
}

function unsealed(): never {
  throw new Error('a workflow with secrets is refused where nothing seals them')
}

/** Signs and stores a receipt that nobody waits for until it is on the disk. */
export async function issue(engine: Engine, conclusion: Conclusion): Promise<Issued> {
  const { receipt, change, report } = await sign(engine, conclusion)
  // Hardly ever: results that did not count, or came while this one was made.
  const equivocations = hasRivals(engine, conclusion, receipt) ? await contradicts(engine.store, receipt) : []
  const stored = engine.commits.commit({ ...change, ...(equivocations.length > 0 && { equivocations }), canWait: true })
  // Who asked for it may have gone; whoever makes something of it waits for it, or for what is written after it.
  stored
    .then(
      () => {
        for (const { name, profile } of change.results ?? []) engine.memo.settles(receipt, profile, [name])
        // What came meanwhile was not there to be compared with.
        return equivocations.length === 0 && hasRivals(engine, conclusion, receipt)
          ? compare(engine, receipt)
          : undefined
      },
      () => {},
    )
    .catch(() => {})
  publish(engine, receipt)
  return { receipt, stored, ...(report && { report }) }
}

async function compare({ store, commits }: Engine, receipt: Receipt): Promise<void> {
  const equivocations = await contradicts(store, receipt)
  if (equivocations.length > 0) await commits.commit({ equivocations })
}

function hasRivals({ memo }: Engine, { resolved, profile, secret }: Conclusion, { exp }: Receipt): boolean {
  return exp === null && profile !== undefined && !secret && memo.hasRivals(resolved, profile)
}

/** Tells those who wait for a receipt that was handed to the store. */
export function publish({ memo, arrivals }: Engine, receipt: Receipt): void {
  memo.remember(receipt)
  arrivals.tell(receipt)
}

function resultsOf({ names, profile = noProfile, secret }: Conclusion, receipt: CID): readonly ResultIndex[] {
  return names.map(name => ({ name, profile: profileOf(profile, secret), receipt }))
}

/** Under what the results of a profile are found: what is sealed is known to secret tasks alone, and they know nothing else. */
export function profileOf(profile: string, secret: boolean): string {
  return secret ? `${profile} sealed` : profile
}

/** Under what results of effects are found, which belong to no profile. */
export const noProfile = ''

/** The receipt of an effect that was done under a name, as a secret or not. */
export async function knownEffect(
  name: CID,
  { memo }: Pick<Engine, 'memo'>,
  agent?: Did,
): Promise<Receipt | undefined> {
  if (agent) return memo.find(name, noProfile, agent)
  return (await memo.find(name, noProfile)) ?? memo.find(name, profileOf(noProfile, true))
}
