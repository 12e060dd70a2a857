import { expect, test } from 'vitest'
import { openNetwork, type Network } from '../index.ts'
import { echo, realWorld, Shelf, text, words } from '../suite/harness.test-fixture.ts'
import { memoryHub, memoryTransport } from './index.ts'

const hub = memoryHub({ world: realWorld })
const open = (name: string, shelf = new Shelf()): Promise<Network> =>
  openNetwork({
    world: realWorld,
    transports: [memoryTransport(hub, { name })],
    block: cid => shelf.block(cid),
    answer: echo,
  })

test('what the peers that are asked lack is asked of those who provide it', async () => {
  const { shelf, root, blocks } = Shelf.withFile(4 * 1024 * 1024)
  const half = new Shelf()
  await half.put(blocks.slice(2))
  const [alice, bob, carol, dave] = [
    await open('alice'),
    await open('bob', half),
    await open('carol', shelf),
    await open('dave'),
  ]
  const mine = new Shelf()
  expect(await alice.fetch(root, mine, { peers: ['memory:bob'] })).toMatchObject({ error: { name: 'MissingBlocks' } })
  // Dave says so, and has nothing.
  for (const one of [carol, dave]) {
    for (const { cid } of blocks) expect(await one.provide(cid)).toHaveProperty('ok')
  }
  expect(await alice.findProviders(root)).toEqual(['memory:carol', 'memory:dave'])
  expect(await alice.fetch(root, mine, { peers: ['memory:bob'] })).toHaveProperty('ok')
  expect(mine.blocks.size).toBe(blocks.length)
  await Promise.all([alice, bob, carol, dave].map(one => one.close()))
  expect(await alice.provide(root)).toMatchObject({ error: { name: 'Closed' } })
})

test('who is not admitted gets nothing', async () => {
  const { shelf, root } = Shelf.withFile(100)
  const bob = await openNetwork({
    world: realWorld,
    transports: [memoryTransport(hub, { name: 'bob' })],
    block: cid => shelf.block(cid),
    answer: echo,
    admits: ({ name }) => name !== 'memory:mallory',
  })
  const [alice, mallory] = [await open('alice'), await open('mallory')]
  expect(words(await alice.request('memory:bob', text('x')))).toBe('x')
  expect(words(await mallory.request('memory:bob', text('x')))).toBe('Refused')
  expect(await mallory.fetch(root, new Shelf(), { peers: ['memory:bob'] })).toHaveProperty('error')
  const heard: string[] = []
  bob.subscribe('news', ({ from }) => {
    heard.push(from.name)
    return 'accept'
  })
  mallory.subscribe('news', ({ from }) => {
    heard.push(`mallory of ${from.name}`)
    return 'accept'
  })
  await mallory.publish('news', new Uint8Array(1))
  await bob.publish('news', new Uint8Array(2))
  await alice.publish('news', new Uint8Array(3))
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(heard.filter(one => !one.startsWith('mallory of memory:alice'))).toEqual(['memory:alice'])
  await Promise.all([alice, bob, mallory].map(one => one.close()))
})

test('no transport that could tell who has what says so', async () => {
  const alone = await openNetwork({ world: realWorld, transports: [] })
  const { root } = Shelf.withFile(1)
  expect(await alone.provide(root)).toMatchObject({ error: { name: 'Unreachable', sent: false } })
  expect(await alone.findProviders(root)).toEqual([])
  await alone.close()
})
