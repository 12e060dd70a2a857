import { blockOf } from '@ipvm/ipld'
import { StoreError, type Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { compile, workflow } from '@ipvm/workflow'
import type { Schedule } from '@ipvm/workflow/schedule'
import { expect, test } from 'vitest'
import { bobsEffects, good } from '../node.test-fixture.ts'

const letter = workflow('letter', ({ task }) => void task('send', { cmd: '/test/post', args: { value: 'news' } }))

async function scheduled(fields: Partial<Schedule> = {}, store = openMemoryStore()) {
  const node = bobsEffects(store)
  const { document, blocks } = good(await compile(letter))
  await store.commit({ blocks: [document, ...blocks] })
  const schedule = { workflow: document.cid, cron: '0 7 * * *', missed: 'once', nonce: new Uint8Array(0), ...fields }
  return { ...node, schedule: schedule as Schedule }
}

/** Until what was begun has come to an end. */
async function settled({ store }: { store: ReturnType<typeof openMemoryStore> }, runs: number) {
  for (;;) {
    const all = await store.runs(10)
    if (all.length >= runs && all.every(({ end }) => end !== undefined)) return all
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const hour = 3600

test('a workflow is run when it is due, once for each time, with a nonce of its own each day', async () => {
  const node = await scheduled()
  const { due } = await node.runtime.schedule(node.schedule)
  expect(due).toBe(node.world.time + 7 * hour)
  node.world.time += 7 * hour
  await node.runtime.open()
  await settled(node, 1)
  node.world.time += 24 * hour
  await node.runtime.schedule({ ...node.schedule, nonce: new Uint8Array([1]) })
  await settled(node, 2)
  expect(node.seen).toHaveLength(2)
  expect(node.seen[0]?.key).not.toBe(node.seen[1]?.key)
  const [last] = await node.store.runs(1)
  const drawn = last && good(await node.runtime.timeline(last.run))
  expect(drawn?.moments[0]?.text).toMatch(/^schedule bafyrei\w+…, due /)
  expect(drawn?.bars).toMatchObject([{ label: 'send', state: 'ran' }])
  await node.runtime.close()
})

test('what was due while nobody was there is told, and run once', async () => {
  const node = await scheduled()
  const news: string[] = []
  await node.runtime.schedule(node.schedule)
  await node.runtime.close()
  const later = bobsEffects(node.store, [], { onSchedule: ({ type, message }) => news.push(`${type}: ${message}`) })
  later.world.time += 3 * 24 * hour + 8 * hour
  await later.runtime.open()
  await settled(later, 1)
  expect(later.seen).toHaveLength(1)
  expect(news).toContainEqual(expect.stringContaining('missed: it was due 4 times'))
  expect(await later.store.schedules()).toMatchObject([{ missed: 4 }])
  await later.runtime.close()
})

test('cut off after it was begun and before that was noted, it begins nothing twice', async () => {
  const store = openMemoryStore()
  const node = await scheduled({}, store)
  await node.runtime.schedule(node.schedule)
  const before = await store.schedules()
  node.world.time += 7 * hour
  await node.runtime.open()
  await settled(node, 1)
  await node.runtime.close()
  await store.commit({ schedules: before })
  const again = bobsEffects(store)
  again.world.time = node.world.time + 5
  await again.runtime.open()
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(await store.runs(10)).toHaveLength(1)
  expect([...node.seen, ...again.seen]).toHaveLength(1)
  await again.runtime.close()
})

test('a schedule that was taken away is over, and a damaged one harms no other', async () => {
  const node = await scheduled()
  const { schedule } = await node.runtime.schedule(node.schedule)
  const broken = blockOf({ nonsense: true })
  await node.store.commit({
    blocks: [broken],
    schedules: [{ schedule: broken.cid, workflow: broken.cid, due: 1, last: 0, missed: 0 }],
  })
  expect(await node.runtime.unschedule(schedule)).toBe(true)
  expect(await node.runtime.unschedule(schedule)).toBe(false)
  const other = await node.runtime.schedule({ ...node.schedule, nonce: new Uint8Array([2]) })
  expect(other.due).toBeDefined()
  node.world.time += 7 * hour
  await node.runtime.open()
  await settled(node, 1)
  expect(node.seen).toHaveLength(1)
  await node.runtime.close()
})

test('what is due while the disk is full is run when there is room again', async () => {
  const plain = openMemoryStore()
  let isFull = false
  const commit: Store['commit'] = async change => {
    if (isFull) throw new StoreError('StoreFull', 'no room', undefined)
    return plain.commit(change)
  }
  const node = await scheduled({}, { ...plain, commit })
  await node.runtime.schedule(node.schedule)
  isFull = true
  // Held until there is room: so the runtime knows that there is none.
  const held = node.runtime.schedule({ ...node.schedule, cron: '0 8 * * *' } as Schedule)
  node.world.time += 7 * hour
  await node.runtime.open()
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(node.seen).toHaveLength(0)
  expect(await plain.schedules()).toMatchObject([{ due: node.world.time }])
  isFull = false
  await held
  await settled(node, 1)
  expect(node.seen).toHaveLength(1)
  await node.runtime.close()
})
