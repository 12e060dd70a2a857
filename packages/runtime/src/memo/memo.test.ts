import { nameOf } from '@ipvm/ipld'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { rememberedBytesMax } from '../limits.ts'
import { Memo } from './memo.ts'

test('remembers receipts up to so many bytes, the oldest are read again', async () => {
  const store = openMemoryStore()
  const doubts: string[] = []
  const memo = new Memo(
    store,
    () => 0,
    new Set([alice.did]),
    (_, problem) => doubts.push(problem),
  )
  const issued = await issueReceipt({ ran: nameOf('task'), out: { ok: 1 }, profile: 'p', exp: null }, alice)
  const length = rememberedBytesMax / 16
  const receipts = Array.from({ length: 17 }, (_, i) => ({ ...issued, cid: nameOf(i), bytes: new Uint8Array(length) }))
  for (const [i, receipt] of receipts.entries()) {
    memo.remember(receipt)
    memo.remember(receipt)
    await store.commit({ results: [{ name: nameOf(`task ${i}`), profile: 'p', receipt: receipt.cid }] })
  }
  // The second is the oldest that is kept. The first is not, and the store has nothing of it but its name.
  expect(await memo.find(nameOf('task 1'), 'p')).toBe(receipts[1])
  expect(await memo.find(nameOf('task 16'), 'p')).toBe(receipts[16])
  expect(doubts).toEqual([])
  expect(await memo.find(nameOf('task 0'), 'p')).toBeUndefined()
  expect(doubts).toEqual(['its bytes are missing'])
})
