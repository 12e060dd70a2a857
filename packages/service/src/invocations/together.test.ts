import { nameOf, rawBlock, type Value } from '@ipvm/ipld'
import { readContents, writeContents } from '@ipvm/network'
import { Brought } from '@ipvm/runtime'
import { alice, bob, carol, TestWorld } from '@ipvm/testing'
import { issueReceipt, VerifiedTokens, type Delegation } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { answerBlocksBytesMax } from '../limits.ts'
import { aliceAsks, bobLets, bobsService, bodyOf, good, receiptsIn } from '../stories/bob.test-fixture.ts'
import { receiptReader } from './receipts.ts'

test('what many invocations of one body ask for is one answer, with room for one', async () => {
  const { asked, store, runtime } = bobsService({ open: ['/block/get'] })
  const blocks = Array.from({ length: 12 }, (_, n) => rawBlock(new Uint8Array(1_000_000).fill(n)))
  await store.commit({ blocks })
  const gets = [blocks.slice(0, 6), blocks.slice(6)].map(some =>
    aliceAsks('/block/get', { cids: some.map(({ cid }) => cid) }),
  )
  const answer = good(await readContents(good(await asked(await bodyOf(await Promise.all(gets))))))
  const bytes = answer.blocks.reduce((sum, block) => sum + block.bytes.length, 0)
  expect([bytes > 6_000_000, bytes <= answerBlocksBytesMax]).toEqual([true, true])
  await runtime.close()
})

test('nobody has a node sign that a task failed which somebody else asks for by the same name', async () => {
  const { asked, runtime } = bobsService({ open: ['/node/read'] })
  const proof = await bobLets('/test')
  const hers = await aliceAsks('/test/post', { value: 'hers' }, [proof])
  const { cmd, args, nonce } = hers
  const his = await aliceAsks(cmd, args, [], { nonce, signer: carol })
  expect(his.task.equals(hers.task)).toBe(true)
  const open = await aliceAsks('/node/read', {}, [], { signer: carol })
  const receipts = await receiptsIn(await asked(await bodyOf([his, open])))
  expect(receipts).toHaveLength(2)
  expect(receipts.some(({ ran }) => ran.equals(hers.task))).toBe(false)
  expect(receipts.some(({ ran, out }) => ran.equals(his.envelope.cid) && 'error' in out)).toBe(true)
  await runtime.close()
})

test('receipts that come along are heard once, however many invocations there are', async () => {
  const { asked, runtime } = bobsService()
  let heard = 0
  const hear = runtime.hear.bind(runtime)
  runtime.hear = (receipts, brought) => {
    heard += 1
    return hear(receipts, brought)
  }
  const proof = await bobLets('/test')
  const asks = await Promise.all([1, 2, 3].map(value => aliceAsks('/test/echo', { value }, [proof])))
  const receipt = await issueReceipt({ ran: nameOf('awaited by nobody'), out: { ok: 1 }, exp: null }, carol)
  const tokens = [proof.envelope, ...asks.map(({ envelope }) => envelope), receipt].map(({ bytes }) => bytes)
  expect(await receiptsIn(await asked(await writeContents(tokens), { wait: 60_000 }))).toHaveLength(3)
  expect(heard).toBe(1)
  await runtime.close()
})

test('so many tasks are waited for, and who asks for more is told what there is', async () => {
  const { store, runtime } = bobsService()
  const context = {
    ...{ signer: bob, store, world: new TestWorld(), open: [], verified: new VerifiedTokens(), log: () => {} },
    ...{ wallet: { proofs: async () => [] }, runtime: () => runtime, network: () => undefined },
  }
  const { answer } = receiptReader(context, 2)
  const ending = new AbortController()
  const read = async (...names: readonly string[]) => {
    const invocation = await aliceAsks('/receipt/read', { tasks: names.map(name => nameOf(name)) })
    const about = { brought: new Brought(), receipts: [], room: { left: 0 }, from: { name: alice.did, addresses: [] } }
    const asked = { invocation, judged: { invocation, proofs: [] }, ...about, wait: 60_000, signal: ending.signal }
    return good(await answer(asked)).receipts
  }
  const first = read('a', 'b')
  await new Promise<void>(resolve => setImmediate(resolve))
  expect(await read('c')).toEqual([])
  ending.abort()
  expect(await first).toEqual([])
  await runtime.close()
})

test('whoever was given nothing has no more of a command that is open to all than is usual', async () => {
  const { asked, runtime } = bobsService({ open: ['/test/echo'] })
  const answered = async (config: Value, proofs: readonly Delegation[] = []) => {
    const ask = await aliceAsks('/test/echo', { value: 1 }, proofs, { meta: { 'ipvm/config': config } })
    const answer = await asked(await bodyOf([ask, ...proofs]), { wait: 60_000 })
    return 'ok' in answer ? 'answered' : answer.error.message
  }
  const year = { time: [365, 'days'] }
  expect(await answered(year)).toContain('config.time')
  expect(await answered({ priority: 9 })).toContain('config.priority')
  expect(await answered({ retry: { max: 1000 } })).toContain('config.retry')
  expect(await answered({ time: [1, 'minutes'], priority: 1 })).toBe('answered')
  expect(await answered(year, [await bobLets('/test')])).toBe('answered')
  await runtime.close()
})
