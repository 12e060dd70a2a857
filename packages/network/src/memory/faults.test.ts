import { rawBlock } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNetwork, type Network, type NetworkOptions, type NetworkWorld } from '../index.ts'
import { echo, Shelf, text, words } from '../suite/harness.test-fixture.ts'
import { memoryHub, memoryTransport, noFaults, type Faults } from './index.ts'

/** Time that goes on from one appointment to the next. */
class VirtualWorld implements NetworkWorld {
  time = 0
  #appointments: { at: number; callback: () => void }[] = []

  now(): number {
    return 1_767_225_600 + Math.floor(this.time / 1000)
  }

  milliseconds(): number {
    return this.time
  }

  after(milliseconds: number, callback: () => void): () => void {
    const one = { at: this.time + milliseconds, callback }
    this.#appointments.push(one)
    return () => {
      this.#appointments = this.#appointments.filter(other => other !== one)
    }
  }

  random(count: number): Uint8Array {
    return new Uint8Array(count)
  }

  /** Goes on until a work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    void work.then(done, done)
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (isDone) return work
      this.#appointments.sort((a, b) => a.at - b.at)
      const next = this.#appointments.shift()
      if (!next) throw new Error('nothing is going to happen any more')
      this.time = Math.max(this.time, next.at)
      next.callback()
    }
  }

  /** Goes on for so long. */
  async pass(milliseconds: number): Promise<void> {
    await this.until(new Promise<void>(resolve => this.after(milliseconds, resolve)))
  }
}

async function two(seed: number, faults: Partial<Faults>, bobs: Partial<NetworkOptions> = { answer: echo }) {
  const world = new VirtualWorld()
  let state = seed >>> 0
  const fraction = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const hub = memoryHub({ world, random: { fraction } })
  const open = (name: string, options: Partial<NetworkOptions> = {}): Promise<Network> =>
    openNetwork({ world, transports: [memoryTransport(hub, { name })], ...options })
  const [alice, bob] = await Promise.all([open('alice'), open('bob', bobs)])
  hub.faults = { ...noFaults, ...faults }
  return { world, hub, alice, bob }
}

test('what is lost is waited for until the time is over, and no longer', async () => {
  const { world, alice } = await two(1, { drop: 1 })
  const asked = alice.request('memory:bob', text('x'), { within: 5000 })
  expect(words(await world.until(asked))).toBe('TimedOut')
  expect(world.time).toBe(5000)
})

test('of a request that is asked again until it is answered the answer is right, whatever the network does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async seed => {
      const { world, alice } = await two(seed, { drop: 0.3, duplicate: 0.3, delay: [1, 3000] })
      const ask = async () => {
        for (;;) {
          const answer = await alice.request('memory:bob', text('x'), { within: 4000 })
          if ('ok' in answer) return answer
          expect(['TimedOut', 'Busy']).toContain(answer.error.name)
        }
      }
      expect(words(await world.until(ask()))).toBe('x')
    }),
    { numRuns: 30 },
  )
})

test('a request may arrive twice', async () => {
  let asked = 0
  const answer: NetworkOptions['answer'] = request => {
    asked += 1
    return echo(request)
  }
  const { world, alice } = await two(1, { duplicate: 1, delay: [5, 50] }, { answer })
  expect(words(await world.until(alice.request('memory:bob', text('x'))))).toBe('x')
  await world.pass(100)
  expect(asked).toBe(2)
})

test('messages of a topic are overtaken and doubled on the way, and given once each', async () => {
  const { world, alice, bob } = await two(7, { duplicate: 0.5, delay: [1, 1000] })
  const heard: number[] = []
  bob.subscribe('news', ({ bytes }) => {
    heard.push(bytes[0] ?? -1)
    return 'accept'
  })
  for (let n = 0; n < 50; n++) await alice.publish('news', Uint8Array.of(n))
  await world.pass(2000)
  expect(heard).not.toEqual([...heard].sort((a, b) => a - b))
  expect([...heard].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n))
})

test('a bit that flips on the way is found out', async () => {
  const shelf = new Shelf()
  const { cid, bytes } = rawBlock(new Uint8Array(100).fill(1))
  const { world, alice, bob, hub } = await two(3, { corrupt: 1 }, { block: async () => bytes })
  const failed = world.until(alice.fetch(cid, shelf))
  expect(await failed).toMatchObject({ error: { name: 'MissingBlocks', failures: [{ name: 'MalformedAnswer' }] } })
  expect(shelf.blocks.size).toBe(0)
  hub.faults = noFaults
  alice.forgive('memory:bob')
  expect(await world.until(alice.fetch(cid, shelf))).toHaveProperty('ok')
  await bob.close()
})

test('who is set aside is asked again after a while', async () => {
  const { world, alice } = await two(1, {})
  alice.misbehaved('memory:bob', 'Forgery')
  const aside = await alice.request('memory:bob', text('x'))
  expect(words(aside)).toBe('SetAside')
  const wait = 'error' in aside ? (aside.error.retryAfter ?? 0) : 0
  expect(wait).toBeGreaterThan(60_000)
  await world.pass(wait - 1000)
  expect(words(await alice.request('memory:bob', text('x')))).toBe('SetAside')
  await world.pass(2000)
  expect(words(await world.until(alice.request('memory:bob', text('x'))))).toBe('x')
})

test('a flood of messages is not listened to, and costs a while', async () => {
  const { world, alice, bob } = await two(1, {})
  let heard = 0
  bob.subscribe('news', () => {
    heard += 1
    return 'accept'
  })
  for (let n = 0; n < 8000; n++) await alice.publish('news', Uint8Array.of(n & 255, n >> 8))
  await world.pass(10)
  expect(heard).toBeLessThan(5200)
  expect(bob.setAside()).toMatchObject([['memory:alice', { why: 'Flood' }]])
})

test('the same seed is the same story', async () => {
  const tell = async () => {
    const { world, alice, bob } = await two(42, { drop: 0.2, duplicate: 0.2, delay: [1, 500] })
    const story: string[] = []
    bob.subscribe('news', ({ bytes }) => {
      story.push(`${world.time} ${bytes[0]}`)
      return 'accept'
    })
    for (let n = 0; n < 20; n++) {
      await alice.publish('news', Uint8Array.of(n))
      story.push(words(await world.until(alice.request('memory:bob', text(`${n}`), { within: 1000 }))))
    }
    return story
  }
  expect(await tell()).toEqual(await tell())
})
