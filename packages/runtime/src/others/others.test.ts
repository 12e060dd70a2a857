import { nameOf, type CID } from '@ipvm/ipld'
import { settledBy } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob, TestWorld } from '@ipvm/testing'
import { issueReceipt, type Receipt } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsSeal, good } from '../node.test-fixture.ts'
import { Runtime, type PureCommand } from '../index.ts'

const draft = (config = {}) =>
  workflow('echo', ({ task }) => void task('t', { cmd: '/test/echo', args: { value: 1 } }), { config })

/** Bob's node, whose echo takes until it is told to go on. */
function node(find: (task: CID, signal: AbortSignal) => Promise<Receipt | undefined> | undefined) {
  const store = openMemoryStore()
  const asked: string[] = []
  const doubts: string[] = []
  const door = Promise.withResolvers<void>()
  let aborted = 0
  const echo: PureCommand = {
    profile: 'test/1',
    parallel: 1,
    run: async ({ value = null }, { signal }) => {
      const stopped = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
      await Promise.race([door.promise, stopped])
      if (signal.aborted) aborted += 1
      return { out: { ok: value }, permanent: true }
    },
  }
  const runtime = new Runtime({
    ...{ store, signer: bob, world: new TestWorld(), seal: bobsSeal, commands: { '/test/echo': echo } },
    onDoubt: (_, problem) => doubts.push(problem),
    others: {
      find: (task, profile, signal) => {
        asked.push(`${task} ${profile}`)
        return find(task, signal)
      },
    },
  })
  const run = async (config = {}) => {
    const compiled = good(await compile(draft(config)))
    await store.commit({ blocks: [compiled.document, ...compiled.blocks] })
    return good(await runtime.run(compiled.document.cid))
  }
  return { store, runtime, asked, doubts, door, run, aborted: () => aborted }
}

/** A receipt that Alice signed, in a store where she is trusted. */
async function aliceSays(store: ReturnType<typeof openMemoryStore>, ran: CID, value: number): Promise<Receipt> {
  const receipt = await issueReceipt({ ran, out: { ok: value }, profile: 'test/1', exp: null }, alice)
  await store.commit({ trusted: [alice.did], receipts: [receipt], ...(await settledBy(store, receipt)) })
  return receipt
}

test('a receipt of others ends the run here, and settles the task', async () => {
  const bobs = node(async task => aliceSays(bobs.store, task, 1))
  const ended = await bobs.run()
  expect([...ended.tasks.values()].map(({ how, receipt }) => [how, receipt.iss])).toEqual([['reused', alice.did]])
  expect(bobs.aborted()).toBe(1)
  expect(bobs.asked).toHaveLength(1)
  await bobs.runtime.close()
})

test('a run here ends the search, and is not waited for where the search finds nothing', async () => {
  let isOver = false
  const bobs = node(
    (_, signal) =>
      new Promise(resolve => {
        signal.addEventListener('abort', () => {
          isOver = true
          resolve(undefined)
        })
      }),
  )
  bobs.door.resolve()
  const ended = await bobs.run()
  expect([...ended.tasks.values()].map(({ how }) => how)).toEqual(['ran'])
  expect([isOver, bobs.aborted()]).toEqual([true, 0])
  await bobs.runtime.close()
})

test('of a secret nobody is asked, not even by its name', async () => {
  const bobs = node(() => undefined)
  bobs.door.resolve()
  await bobs.run({ secret: true })
  expect(bobs.asked).toEqual([])
  await bobs.run()
  expect(bobs.asked).toHaveLength(1)
  await bobs.runtime.close()
})

test('a result that contradicts one that came while it was made is found, kept and told; one’s own counts', async () => {
  const bobs = node(async (task, signal) => {
    const receipt = await aliceSays(bobs.store, task, 7)
    bobs.runtime.arrived(receipt)
    bobs.door.resolve()
    // Whoever asked has it too late.
    return new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined)))
  })
  const [settled] = (await bobs.run()).tasks.values()
  const [one, ...more] = await bobs.store.listEquivocations()
  expect([one?.receipts.length, more]).toEqual([2, []])
  const [again] = (await bobs.run()).tasks.values()
  expect([settled?.receipt.iss, again?.receipt.iss, again?.how]).toEqual([bob.did, bob.did, 'reused'])
  await bobs.runtime.close()
  // Where only others have results, the oldest is made use of, and that is told.
  const carols = node(() => undefined)
  const task = settled?.receipt.ran ?? nameOf(0)
  await aliceSays(carols.store, task, 7)
  const later = await issueReceipt({ ran: task, out: { ok: 8 }, profile: 'test/1', exp: null }, alice)
  await carols.store.commit({ receipts: [later], ...(await settledBy(carols.store, later)) })
  const [used] = (await carols.run()).tasks.values()
  expect([used?.receipt.out, used?.how]).toEqual([{ ok: 7 }, 'reused'])
  expect(carols.doubts).toEqual([expect.stringContaining('one of 2 results')])
  await carols.runtime.close()
})
