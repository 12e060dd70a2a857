import { rawBlock } from '@ipvm/ipld'
import { openMemoryStore } from '@ipvm/store/memory'
import type { Change } from '@ipvm/store'
import { expect, test } from 'vitest'
import { diskSpeeds, SimulatedDisk, type DiskFaults } from './disk.ts'
import { Life } from './life.ts'
import { Random } from './random.ts'
import { simulatedStore } from './store.ts'
import { quiet, VirtualTime } from './time.ts'
import { Trace } from './trace.ts'

function machine(seed = 1, faults: DiskFaults = {}) {
  const time = new VirtualTime()
  const kept: Change[] = []
  const disk = new SimulatedDisk({
    time,
    faults,
    random: new Random(seed, 'disk'),
    trace: new Trace(() => time.now, false),
    base: openMemoryStore({ now: () => 0 }),
    onDurable: change => kept.push(change),
  })
  const born = (name: string) => {
    const life = new Life(name)
    return { life, store: simulatedStore(disk, life) }
  }
  const pass = async (milliseconds: number) => {
    for (const until = time.now + milliseconds; ; ) {
      await quiet()
      const next = time.next()
      if (next === undefined || next > until) return
      time.advance()
    }
  }
  return { time, disk, kept, born, pass }
}

const block = (text: string) => rawBlock(new TextEncoder().encode(text))
const long = 100 * diskSpeeds.verySlow

test('what was committed is read at once, and is there for good when the disk says so', async () => {
  const { disk, kept, born, pass } = machine()
  const { store } = born('one')
  const { store: other } = born('two')
  disk.speed = 'verySlow'
  const [a, b] = [block('a'), block('b')]
  let isDurable = false
  store.commit({ blocks: [a] }).then(() => {
    isDurable = true
  })
  await quiet()
  expect([await store.hasBlock(a.cid), await other.hasBlock(a.cid), isDurable]).toEqual([true, false, false])
  void store.commit({ blocks: [b] })
  await pass(long)
  expect([await other.hasBlock(a.cid), isDurable, kept.length]).toEqual([true, true, 2])
})

test('a process that ends loses what was not there for good, and hears of nothing more', async () => {
  const outcomes = new Set<number>()
  for (let seed = 1; seed < 60; seed++) {
    const { disk, kept, born, pass, time } = machine(seed)
    const { life, store } = born('one')
    disk.speed = 'verySlow'
    let told = 0
    for (const text of ['a', 'b', 'c']) store.commit({ blocks: [block(text)] }).then(() => told++)
    time.after(50, () => life.end())
    await pass(long)
    // A beginning of them is there, or all, or none.
    expect(kept.map(({ blocks = [] }) => new TextDecoder().decode(blocks[0]?.bytes)).join('')).toBe(
      'abc'.slice(0, kept.length),
    )
    expect(told).toBe(0)
    outcomes.add(kept.length)
  }
  expect([...outcomes].sort()).toEqual([0, 1, 2, 3])
})

test('a full disk refuses what is written, and takes it when there is room', async () => {
  const { disk, kept, born, pass } = machine()
  const { store } = born('one')
  disk.full = true
  const refused = store.commit({ blocks: [block('a')] }).catch(thrown => thrown)
  await pass(long)
  expect(await refused).toMatchObject({ name: 'StoreFull' })
  expect(await store.hasBlock(block('a').cid)).toBe(false)
  disk.full = false
  void store.commit({ blocks: [block('a')] })
  await pass(long)
  expect(kept).toHaveLength(1)
})

test('the right to run workflows ends with who has it', async () => {
  const { born } = machine()
  const [one, two] = [born('one'), born('two')]
  expect(await one.store.claim('one')).toHaveProperty('ok')
  expect(await two.store.claim('two')).toMatchObject({ error: { name: 'Claimed', owner: 'one' } })
  one.life.end()
  expect(await two.store.claim('two')).toHaveProperty('ok')
})

test('what is no block is read after all that was written before', async () => {
  const { disk, born, pass } = machine()
  const { store } = born('one')
  disk.speed = 'slow'
  const run = block('run').cid
  const start = { run, invocation: run, delegations: [], workflow: run, tasks: 1, at: 0, owner: 'one' }
  void store.commit({ runStarted: start })
  const reading = store.run(run)
  await pass(long)
  expect(await reading).toMatchObject({ seq: 0, owner: 'one' })
})
