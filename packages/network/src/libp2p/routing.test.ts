import { rawBlock } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { openNetwork, type Network } from '../index.ts'
import { echo, realWorld, Shelf, until, type Name } from '../suite/harness.test-fixture.ts'
import { libp2pTransport } from './index.ts'
import { recordOf } from './people.test-fixture.ts'
import { Records } from './records.ts'

const listen = ['/ip4/127.0.0.1/tcp/0']
const addressOf = (network: Network) => network.addresses[0] ?? ''

function open(name: Name | 'dave', shelf = new Shelf(), record = true): Promise<Network> {
  return openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ listen, isRouting: true, ...(record && { record: recordOf(name) }) })],
    block: cid => shelf.block(cid),
    answer: echo,
  })
}

/** Says it until it is known: routing tables fill as peers meet. */
async function provided(one: Network, other: Network, cid: Parameters<Network['provide']>[0]): Promise<void> {
  for (;;) {
    expect(await one.provide(cid)).toHaveProperty('ok')
    if ((await other.findProviders(cid, { within: 2000 })).length > 0) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

test('what a peer lacks is found at those who say that they have it, though nobody is connected to them', async () => {
  const { shelf, root, blocks } = Shelf.withFile(3 * 1024 * 1024)
  const [alice, bob, carol] = [await open('alice'), await open('bob'), await open('carol', shelf)]
  for (const one of [alice, carol]) expect(await one.connect(addressOf(bob))).toHaveProperty('ok')
  await provided(carol, alice, root)
  const mine = new Shelf()
  // Nobody else was told of, so what is below the root is asked of who had the root.
  const fetched = await alice.fetch(root, mine, { peers: [addressOf(bob)] })
  expect(fetched).toMatchObject({ ok: { blocks: blocks.length } })
  await Promise.all([alice, bob, carol].map(one => one.close()))
})

test('who says that they have something and does not, or is not there, costs a question', async () => {
  const { shelf, root } = Shelf.withFile(100)
  const [alice, bob, carol, dave] = [
    await open('alice'),
    await open('bob'),
    await open('carol', shelf),
    await open('dave'),
  ]
  for (const one of [alice, carol, dave]) await one.connect(addressOf(bob))
  await provided(dave, alice, root)
  expect(await alice.fetch(root, new Shelf(), { peers: [] })).toMatchObject({ error: { name: 'MissingBlocks' } })
  await dave.close()
  expect(await alice.fetch(root, new Shelf(), { peers: [], within: 1000 })).toHaveProperty('error')
  await provided(carol, alice, root)
  await until(() => alice.setAside().length === 0)
  let fetched = await alice.fetch(root, new Shelf(), { peers: [] })
  while ('error' in fetched) fetched = await alice.fetch(root, new Shelf(), { peers: [] })
  await Promise.all([alice, bob, carol].map(one => one.close()))
})

test('a stranger is asked nothing, and what it says is not kept', async () => {
  const [bob, stranger] = [await open('bob'), await open('alice', new Shelf(), false)]
  const { cid } = rawBlock(Uint8Array.of(1))
  const friend = await open('carol')
  for (const one of [stranger, friend]) await one.connect(addressOf(bob))
  let found: readonly string[] = []
  for (let turn = 0; turn < 5 || found.length === 0; turn++) {
    for (const one of [stranger, friend]) await one.provide(cid, { within: 500 })
    found = await bob.findProviders(cid, { within: 500 })
  }
  expect(found).toEqual([friend.addresses.at(-1)])
  await Promise.all([bob, stranger, friend].map(one => one.close()))
})

test('records of others make room for each other, and never for one’s own', async () => {
  const { Key } = await import('interface-datastore')
  const records = new Records('me', { own: 2, others: 3 })
  const put = (name: string) => records.put(new Key(`/dht/provider/${name}`), Uint8Array.of(1))
  await put('x/me')
  for (let n = 0; n < 10; n++) await put(`${n}/other`)
  const keys = () => namesOf(records)
  expect((await keys()).sort()).toEqual(['7/other', '8/other', '9/other', 'x/me'])
  await records.delete(new Key('/dht/provider/8/other'))
  await put('10/other')
  await put('y/me')
  await put('z/me')
  expect((await keys()).sort()).toEqual(['10/other', '7/other', '9/other', 'y/me', 'z/me'])
})

async function namesOf(records: Records): Promise<string[]> {
  const names: string[] = []
  for await (const key of records.queryKeys({})) names.push(key.toString().slice('/dht/provider/'.length))
  return names
}
