import type { Block, CID } from '@ipvm/ipld'
import { issueReceipt, type Outcome, type Receipt } from '@ipvm/ucan'
import type { Change, Report, ResultIndex } from '@ipvm/store'
import { impermanentSeconds } from '../limits.ts'
import type { Engine } from '../run/engine.ts'
import type { Kept } from './report.ts'
import { spill } from './spill.ts'

/** What a receipt is to say, and what is stored with it. */
export interface Conclusion {
  readonly asked: CID
  readonly resolved: CID
  readonly from: readonly CID[]
  /** Absent of effects. */
  readonly profile?: string
  readonly kept: Kept
  /** The names that it settles, where it is permanent. */
  readonly names: readonly CID[]
  readonly blocks: readonly Block[]
  /** Nothing of it leaves this node, and its log is not kept. */
  readonly secret: boolean
  /** How many events led to it, one by the other; none, where it is absent. */
  readonly depth?: number
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
export async function sign({ signer, world }: Engine, conclusion: Conclusion): Promise<Signed> {
  const { asked, resolved, from, profile, secret } = conclusion
  const { out, permanent, report, fx } = conclusion.kept
  const seconds = conclusion.seconds ?? (permanent ? undefined : impermanentSeconds)
  const exp = seconds === undefined ? null : world.now() + seconds
  const as = resolved.equals(asked) ? {} : { as: resolved }
  const about = {
    ...(fx && { fx }),
    ...(profile !== undefined && { profile }),
    ...(report && { gas: report.used.gas }),
  }
  const receipt = await issueReceipt({ ran: asked, ...as, from, out, ...about, exp }, signer)
  const told = report && secret ? { ...report, log: '' } : report
  const blocks = [...conclusion.blocks, ...conclusion.kept.blocks]
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

/** Signs and stores a receipt that nobody waits for until it is on the disk. */
export async function issue(engine: Engine, conclusion: Conclusion): Promise<Issued> {
  const { receipt, change, report } = await sign(engine, conclusion)
  const stored = engine.commits.commit({ ...change, canWait: true })
  // Who asked for it may have gone; whoever makes something of it waits for it, or for what is written after it.
  stored.then(
    () =>
      engine.memo.settles(
        receipt,
        conclusion.profile ?? noProfile,
        (change.results ?? []).map(({ name }) => name),
      ),
    () => {},
  )
  publish(engine, receipt)
  return { receipt, stored, ...(report && { report }) }
}

/** Tells those who wait for a receipt that was handed to the store. */
export function publish({ memo, arrivals }: Engine, receipt: Receipt): void {
  memo.remember(receipt)
  arrivals.tell(receipt)
}

/** What is kept of an outcome that no run of a command gave. */
export function outcomeAlone(out: Outcome, permanent: boolean): Kept {
  return { ...spill(out), permanent }
}

function resultsOf({ names, profile = noProfile }: Conclusion, receipt: CID): readonly ResultIndex[] {
  return names.map(name => ({ name, profile, receipt }))
}

/** Under what results of effects are found, which belong to no profile. */
export const noProfile = ''
