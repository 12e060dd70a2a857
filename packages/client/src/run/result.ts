import { CID, error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { readReceipt, type Receipt } from '@ipvm/ucan/receipt'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Settled } from '../ask/settle.ts'
import { getContent } from '../blocks/get.ts'
import { noReceipt, type AskFailure } from '../failure.ts'
import type { Link } from '../node/link.ts'

/** How a run ended: `unknown` is one with a mutation of which a person has to say whether it was done. */
export type RunEnd = 'ok' | 'failed' | 'cancelled' | 'unknown'

/** A run of which nothing more goes on. */
export interface RunResult {
  readonly run: CID
  readonly workflow: CID
  readonly end: RunEnd
  /** By label, in the order in which they were settled; those that are secret left out. */
  readonly tasks: ReadonlyMap<string, Receipt>
}

const ends: readonly Value[] = ['ok', 'failed', 'cancelled', 'unknown'] satisfies readonly RunEnd[]

/** Reads how a run ended from the answer to its request, with the receipts of its tasks. */
export async function runResult(
  link: Link,
  workflow: CID,
  { receipt, receipts }: Settled,
  trusted: readonly Did[],
  signal: AbortSignal,
): Promise<Result<RunResult, AskFailure>> {
  const { out, ran } = receipt
  const told = 'ok' in out && isMap(out.ok) ? out.ok : {}
  const { run, end, tasks: named } = told
  if (!(run instanceof CID) || !isEnd(end) || named === undefined || !isMap(named)) return error(noReceipt(ran))
  const brought = new Map(receipts.map(one => [`${one.cid}`, one]))
  const tasks = new Map<string, Receipt>()
  for (const [label, cid] of Object.entries(named)) {
    if (!(cid instanceof CID)) return error(noReceipt(ran))
    const found = brought.get(`${cid}`) ?? (await fetched(link, cid, trusted, signal))
    if (!found) return error(noReceipt(cid))
    tasks.set(label, found)
  }
  return ok({ run, workflow, end, tasks })
}

function isEnd(value: Value | undefined): value is RunEnd {
  return value !== undefined && ends.includes(value)
}

/** A receipt that had no room in the answer. */
async function fetched(
  link: Link,
  cid: CID,
  trusted: readonly Did[],
  signal: AbortSignal,
): Promise<Receipt | undefined> {
  const bytes = await getContent(link, cid, signal)
  const receipt = 'ok' in bytes ? await readReceipt(bytes.ok) : undefined
  if (!receipt || 'error' in receipt) return undefined
  return trusted.some(did => sameDid(did, receipt.ok.iss)) ? receipt.ok : undefined
}
