import { cidKey, type CID } from '@ipvm/ipld'
import { saidBy, type Store } from '@ipvm/store'
import { readReceipt, resolvedName, type Receipt } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { fingerprint } from '../../world/functions.ts'
import { allReceipts } from './receipts.ts'

/** Where the results of one task differ: both are there, that is known, and one's own stays what it was. */
export async function contradictionsIn(store: Store, own: Did): Promise<{ found: number; problem?: string }> {
  const byTask = Map.groupBy(
    await lastingReceipts(store),
    receipt => `${cidKey(resolvedName(receipt))} ${receipt.profile}`,
  )
  let found = 0
  for (const receipts of byTask.values()) {
    const [first] = receipts
    if (!first?.profile || new Set(receipts.map(said)).size < 2) continue
    found += 1
    const task = resolvedName(first)
    const known = await store.equivocation(task, first.profile)
    if (!known) return { found, problem: `has contradicting receipts of ${task}, and does not know it` }
    const settling = await store.resultsFor(task, first.profile)
    const lost = receipts.find(({ iss, cid }) => sameDid(iss, own) && !has(settling, cid) && !has(known.refuted, cid))
    if (lost) return { found, problem: `has put another's receipt of ${task} in the place of its own` }
  }
  return { found }
}

async function lastingReceipts(store: Store): Promise<readonly Receipt[]> {
  const found: Receipt[] = []
  for (const cid of await allReceipts(store)) {
    const bytes = await store.block(cid)
    const receipt = bytes && (await readReceipt(bytes))
    if (!receipt || 'error' in receipt) continue
    const { exp, profile } = receipt.ok
    if (exp === null && profile !== undefined && (await settles(store, receipt.ok, profile))) found.push(receipt.ok)
  }
  return found
}

/** Whether it says what its task comes to, and is not just what somebody answered who was asked for it. */
async function settles(store: Store, receipt: Receipt, profile: string): Promise<boolean> {
  return has(await store.resultsFor(resolvedName(receipt), profile), receipt.cid)
}

function said({ out }: Receipt): number {
  return fingerprint(saidBy({ ...out }))
}

function has(all: readonly CID[], one: CID): boolean {
  return all.some(cid => cid.equals(one))
}
