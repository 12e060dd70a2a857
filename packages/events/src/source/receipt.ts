import { encode } from '@ipvm/ipld'
import type { Runtime } from '@ipvm/runtime'
import type { ReceiptEntry, Store } from '@ipvm/store'
import { evaluatePolicy, parsePolicy, readReceipt, resolvedName, type Receipt } from '@ipvm/ucan'
import { eventDataBytesMax } from '../limits.ts'
import type { SourceOf } from '../trigger/document.ts'
import type { FeedSource } from './feed.ts'

/** Receipts that match: `{receipt, ran, cmd, out}`. What comes of a secret is never told. */
export function receiptSource(
  wanted: SourceOf<'receipt'>,
  store: Store,
  commandOf: Runtime['commandOf'],
): FeedSource<ReceiptEntry> {
  const policy = parsePolicy(wanted.pol ?? [])
  const matches = (receipt: Receipt, value: Parameters<typeof evaluatePolicy>[1]) => {
    const { ran, out } = receipt
    if (wanted.ran && !ran.equals(wanted.ran) && !resolvedName(receipt).equals(wanted.ran)) return false
    if (wanted.outcome && !(wanted.outcome in out)) return false
    return 'ok' in policy && evaluatePolicy(policy.ok, value).holds === true
  }
  return {
    feed: 'receipts',
    read: page => store.receiptFeed(page),
    find: async ({ receipt: cid, depth }) => {
      const bytes = await store.block(cid)
      const read = bytes && (await readReceipt(bytes))
      if (!read || 'error' in read || (await store.isSecret(cid))) return undefined
      const receipt = read.ok
      const { ran, out } = receipt
      const outcome = 'ok' in out ? 'ok' : 'error'
      const value = 'ok' in out ? out.ok : { ...out.error }
      if (!matches(receipt, value)) return undefined
      const cmd = await commandOf(receipt)
      if (wanted.cmd && cmd !== wanted.cmd) return undefined
      const told = { receipt: cid, ran, cmd: cmd ?? null }
      const whole = { ...told, [outcome]: value }
      const data = encode(whole).length > eventDataBytesMax ? told : whole
      return { id: cid.toString(), type: `receipt.${outcome}`, data, depth }
    },
  }
}
