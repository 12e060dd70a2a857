import { error, ok, type Block, type Result } from '@ipvm/ipld'
import { networkFailure, readContents, type Answer, type NetworkFailure } from '@ipvm/network'
import { readReceipt, type Receipt } from '@ipvm/ucan/receipt'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ForeignReceipt } from '../failure.ts'

/** What an answer brought, all of it verified. */
export interface Accepted {
  /** Of the node, or of those that count like it. */
  readonly receipts: readonly Receipt[]
  /** Who else has signed receipts in it. */
  readonly foreign: readonly Receipt[]
  readonly blocks: readonly Block[]
}

/**
 * Reads an answer: every receipt in it has a good signature, and each block is what its name says. Failure:
 * `MalformedAnswer`, where something in it is not.
 */
export async function accept(
  address: string,
  answer: Answer,
  trusted: readonly Did[],
): Promise<Result<Accepted, NetworkFailure>> {
  const refuse = (problem: string) =>
    error(networkFailure('MalformedAnswer', address, { sent: true, message: `${address} answered ${problem}` }))
  const contents = await readContents(answer)
  if ('error' in contents) return refuse(`what cannot be read: ${contents.error.message}`)
  const receipts: Receipt[] = []
  const foreign: Receipt[] = []
  for (const token of contents.ok.tokens) {
    const receipt = await readReceipt(token)
    if ('error' in receipt) return refuse(`with what is no receipt: ${receipt.error.message}`)
    const { iss } = receipt.ok
    if (trusted.some(did => sameDid(did, iss))) receipts.push(receipt.ok)
    else foreign.push(receipt.ok)
  }
  return ok({ receipts, foreign, blocks: contents.ok.blocks })
}

/** Receipts that are there, and are of nobody who counts. */
export function foreignReceipt(foreign: readonly Receipt[], trusted: readonly Did[]): ForeignReceipt {
  const issuers = [...new Set(foreign.map(({ iss }) => iss))]
  const message = `the receipt is of ${issuers.join(', ')}, not of ${trusted.join(' or ')}; where you trust them, say so in "trust"`
  return { name: 'ForeignReceipt', message, issuers }
}

/**
 * The receipt that counts of several of one task: what lasts is a property of the task; of what does not, the one that
 * counts longest was issued last. A container has no order of its own.
 */
export function lastWord(receipts: readonly Receipt[]): Receipt | undefined {
  const until = ({ exp }: Receipt) => exp ?? Number.POSITIVE_INFINITY
  return receipts.reduce<Receipt | undefined>(
    (best, one) => (best && until(best) >= until(one) ? best : one),
    undefined,
  )
}
