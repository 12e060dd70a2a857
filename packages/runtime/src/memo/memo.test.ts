import { nameOf } from '@ipvm/ipld'
import { StoreError } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { rememberedBytesMax } from '../limits.ts'
import { bobsEffects } from '../node.test-fixture.ts'
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
  // What it has forgotten it does not recall, either.
  expect(memo.recall(nameOf('task 1'), 'p')).toBe(receipts[1])
  memo.remember({ ...issued, cid: nameOf('one more'), bytes: new Uint8Array(length) })
  expect(memo.recall(nameOf('task 1'), 'p')).toBeUndefined()
  expect(memo.recall(nameOf('task 16'), 'p')).toBe(receipts[16])
})

test('a result that the store let go of is computed again, though it is remembered', async () => {
  const { store, ran, run } = bobsEffects()
  const echo = workflow('echo', ({ task }) => void task('t', { cmd: '/test/echo', args: { value: 1 } }))
  const first = (await run(echo)).tasks.get('t')?.receipt
  if (!first) throw new Error('it ran')
  expect((await run(echo)).tasks.get('t')?.how).toBe('reused')
  const [newest] = await store.runs(1)
  expect(await store.remove({ newestRun: newest?.run, usedBefore: 0, receipts: [first.cid] })).toBe(true)
  const again = (await run(echo)).tasks.get('t')
  expect(again?.how).toBe('ran')
  expect(again && (await store.hasBlock(again.receipt.cid))).toBe(true)
  expect(ran).toHaveLength(2)
})

test('a result that could not be written is not remembered', async () => {
  const store = openMemoryStore()
  let isFaulty = true
  const { run, ran } = bobsEffects({
    ...store,
    commit: async change => {
      if (isFaulty && change.receipts) throw new StoreError('StoreCorrupt', 'the disk is gone', undefined)
      return store.commit(change)
    },
  })
  const echo = workflow('echo', ({ task }) => void task('t', { cmd: '/test/echo', args: { value: 1 } }))
  await expect(run(echo)).rejects.toThrow('the disk is gone')
  isFaulty = false
  expect((await run(echo)).tasks.get('t')?.how).toBe('ran')
  expect(ran).toHaveLength(2)
})
