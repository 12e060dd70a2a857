import { ok, type CID } from '@ipvm/ipld'
import type { Change, Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, good, lost } from '../node.test-fixture.ts'

/** Asks for one thing, the same whichever run asks for it, that is to be done once ever. */
const onceEver = (name: string) =>
  workflow(name, ({ task }) => {
    void task('post', { cmd: '/test/post', args: { value: 'once' }, nonce: new Uint8Array(12).fill(7) })
  })

/** The store for another process, after the one that claimed it was killed. */
function copyOf(store: Store): Store {
  return { ...store, claim: async () => ok({ release: async () => {} }) }
}

const said = { type: 'settle', label: 'post', out: { ok: 'I looked: it was done' } } as const

async function twoParked(store = openMemoryStore()) {
  const node = bobsEffects(store)
  node.attempts.set('once', [lost])
  const one = good((await node.submit(onceEver('one'))).result)
  const two = good((await node.submit(onceEver('two'))).result)
  expect([one.end, two.end]).toEqual(['unknown', 'unknown'])
  return { ...node, one: one.run, two: two.run }
}

test('what two runs wait for is said once: the other one goes on with what is known by then', async () => {
  const { runtime, seen, one, two } = await twoParked()
  expect(await runtime.request(one, said)).toEqual({ ok: {} })
  const ended = await runtime.ended(two)
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('post')?.how).toBe('reused')
  expect(seen).toHaveLength(1)
})

test('it goes on, too, where the one that asked last is tried again', async () => {
  const { runtime, seen, one, two } = await twoParked()
  expect(await runtime.request(two, { type: 'retry', label: 'post' })).toMatchObject({
    error: { name: 'AskedElsewhere' },
  })
  expect(await runtime.request(one, { type: 'retry', label: 'post' })).toEqual({ ok: {} })
  expect((await runtime.ended(one)).end).toBe('ok')
  expect((await runtime.ended(two)).tasks.get('post')?.how).toBe('reused')
  expect(seen).toHaveLength(2)
})

test('also while another run is still writing down that it is in doubt about it', async () => {
  const store = openMemoryStore()
  let one: CID | undefined
  const disk = Promise.withResolvers<void>()
  const inDoubt = Promise.withResolvers<void>()
  const node = bobsEffects({
    ...store,
    commit: async change => {
      await store.commit(change)
      if (!change.journal?.some(({ run, event }) => event.type === 'unknown' && one && !run.equals(one))) return
      inDoubt.resolve()
      await disk.promise
    },
  })
  node.attempts.set('once', [lost])
  const first = await node.invocationOf(onceEver('one'))
  one = first.envelope.cid
  expect(good(await node.runtime.submit(first)).end).toBe('unknown')
  const two = node.submit(onceEver('two'))
  await inDoubt.promise
  expect(await node.runtime.request(one, { type: 'retry', label: 'post' })).toEqual({ ok: {} })
  disk.resolve()
  expect((await node.runtime.ended(one)).end).toBe('ok')
  const { run } = good((await two).result)
  expect((await node.runtime.ended(run)).tasks.get('post')?.how).toBe('reused')
  expect(node.seen).toHaveLength(2)
})

test("a person's word is good for one more time, also where the node is cut off in the middle of that", async () => {
  const store = openMemoryStore()
  const node = bobsEffects(store)
  node.attempts.set('once', [lost, 'hang'])
  const { run } = good((await node.submit(onceEver('one'))).result)
  await node.runtime.request(run, { type: 'retry', label: 'post' })
  while (node.seen.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  // What is there when a process is killed: it says nothing more, and gives nothing back.
  const next = bobsEffects(copyOf(store))
  await next.runtime.open()
  expect((await next.runtime.ended(run)).end).toBe('unknown')
  expect(next.seen).toEqual([])
})

const gaveUp = { type: 'settle', label: 'post', out: { error: { name: 'NotDone', message: 'I looked' } } } as const

test('what was not done by the word of a person is done by the next run that asks for it', async () => {
  const node = bobsEffects()
  node.attempts.set('once', [lost])
  const { run } = good((await node.submit(onceEver('one'))).result)
  expect(await node.runtime.request(run, gaveUp)).toEqual({ ok: {} })
  expect((await node.runtime.ended(run)).end).toBe('failed')
  expect((await node.run(onceEver('two'))).tasks.get('post')?.how).toBe('ran')
  expect(node.seen).toHaveLength(2)
})

test('but not while the run that asked for it last is in doubt', async () => {
  const { runtime, run, seen, one, two } = await twoParked()
  expect(await runtime.request(two, gaveUp)).toEqual({ ok: {} })
  expect((await run(onceEver('three'))).end).toBe('unknown')
  expect(seen).toHaveLength(1)
  expect(await runtime.request(one, said)).toEqual({ ok: {} })
})

test('a word on the time before ends no later asking', async () => {
  const store = openMemoryStore()
  const { runtime, one, two } = await twoParked(store)
  await runtime.request(one, gaveUp)
  expect(await store.intents()).toEqual([])
  await runtime.close()
  const changes: Change[] = []
  const commit: Store['commit'] = change => {
    changes.push(change)
    return store.commit(change)
  }
  const next = bobsEffects({ ...store, commit })
  await next.runtime.open()
  expect(await next.runtime.request(two, { type: 'retry', label: 'post' })).toEqual({ ok: {} })
  expect((await next.runtime.ended(two)).end).toBe('ok')
  const reopening = changes.find(({ journal }) => journal?.some(({ event }) => event.type === 'reopened'))
  expect(reopening).not.toHaveProperty('concluded')
})

test('it goes on, too, where the node was started anew meanwhile', async () => {
  const store = openMemoryStore()
  const { runtime, one, two } = await twoParked(store)
  await runtime.close()
  const next = bobsEffects(store)
  expect(good(await next.runtime.open())).toEqual([])
  await next.runtime.request(one, said)
  expect((await next.runtime.ended(two)).end).toBe('ok')
  expect(next.seen).toEqual([])
})

test('each of the runs that asked at the same time says that it is in doubt', async () => {
  const node = bobsEffects()
  node.attempts.set('once', [lost])
  const [one, two] = await Promise.all([node.submit(onceEver('one')), node.submit(onceEver('two'))])
  for (const { result, events } of [one, two]) {
    expect(good(result).end).toBe('unknown')
    expect(events).toContainEqual(expect.objectContaining({ type: 'unknown', label: 'post' }))
  }
  await node.runtime.request(good(two.result).run, said)
  expect((await node.runtime.ended(good(one.result).run)).end).toBe('ok')
  expect(node.seen).toHaveLength(1)
})
