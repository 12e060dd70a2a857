import { readFileSync } from 'node:fs'
import { decodeCar, encodeCar, fileBlocks, type Block, type Failure, type Result } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, aliceP256, bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { assertName, type NameFields, type NameRecord } from '@ipvm/ucan/name'
import type { Signer } from '@ipvm/varsig'
import { describe, expect, test } from 'vitest'
import { parseGlobalName, printGlobalName } from './global-name.ts'
import { Names } from './names.ts'

const guest = (path: string) => new Uint8Array(readFileSync(new URL(`../../../../${path}`, import.meta.url)))
const add = guest('guests/add/add.wasm')
const image = guest('guests/image/image.wasm')

function good<T>(result: Result<T, Failure>): T {
  if ('error' in result) throw new Error(result.error.message)
  return result.ok
}

/** A node of this person's, as far as names go. */
function nodeOf(signer: Signer): { names: Names; store: Store } {
  const store = openMemoryStore()
  return { names: new Names(store, signer), store }
}

/** A module published by this person, as the file that travels. */
async function published(signer: Signer, bytes = add, name = 'adder') {
  const { names } = nodeOf(signer)
  const { record } = good(await names.publish(bytes, { name }))
  return { record, ...opened(good(await names.car(record)).car) }
}

/** A CAR as `add` takes it: its first block is the record. */
function opened(car: Uint8Array): { tokens: readonly Uint8Array[]; blocks: readonly Block[] } {
  const [record, ...blocks] = good(decodeCar(car)).blocks
  return { tokens: record ? [record.bytes] : [], blocks }
}

/** A record signed by this person, whatever it says, with the modules of this file. */
async function brought(signer: Signer, more: Partial<NameFields> = {}) {
  const { root, blocks } = fileBlocks(add)
  const record = await assertName({ name: 'adder', mod: root, seq: 1, wit: '', ...more }, signer)
  return { tokens: [record.bytes], blocks, record }
}

describe('publishing', () => {
  test('gives numbers in turn, and none where nothing is new', async () => {
    const { names } = nodeOf(alice)
    const publish = async (bytes: Uint8Array, more = {}) => good(await names.publish(bytes, { name: 'tool', ...more }))
    const first = await publish(add)
    expect(first).toMatchObject({ isNew: true, record: { seq: 1, iss: alice.did, name: 'tool' } })
    expect(first.record.wit).toContain('export add-one: func(n: s32) -> s32')
    expect(await publish(add)).toEqual({ isNew: false, record: first.record })
    expect((await publish(add, { licence: 'MIT' })).record.seq).toBe(2)
    expect((await publish(image)).record.seq).toBe(3)
    expect((await publish(add)).record.seq).toBe(4)
    expect((await publish(add, { seq: 90 })).record.seq).toBe(90)
    const back = await names.publish(image, { name: 'tool', seq: 90 })
    expect(back).toMatchObject({ error: { name: 'NameGoesBack', seq: 90, known: 90 } })
  })

  test('by several at once gives one number to one of them', async () => {
    const { names } = nodeOf(aliceP256)
    const licences = ['MIT', 'ISC', '0BSD']
    const all = await Promise.all(licences.map(licence => names.publish(add, { name: 'tool', licence })))
    expect(all.map(one => good(one).record.seq).sort()).toEqual([1, 2, 3])
  })

  test.each<[string, Uint8Array, { name: string; licence?: string; seq?: number }, RegExp]>([
    ['a name in capitals', add, { name: 'Tool' }, /"Tool" cannot be a name; write a-z/],
    ['a name of another alphabet', add, { name: 'værktøj' }, /"værktøj" cannot be a name/],
    ['a licence that is none', add, { name: 'tool', licence: 'mine;' }, /"mine;" is no licence expression/],
    ['half a number', add, { name: 'tool', seq: 1.5 }, /1\.5 is no number/],
    ['what is no module', Uint8Array.of(1, 2, 3), { name: 'tool' }, /not a Wasm binary/],
  ])('refuses %s', async (_what, bytes, publication, message) => {
    expect(await nodeOf(alice).names.publish(bytes, publication)).toMatchObject({
      error: { message: expect.stringMatching(message) },
    })
  })

  test('moves a long WIT to a file, which travels along', async () => {
    const { names } = nodeOf(alice)
    const core = coreModuleWith(600)
    const { record } = good(await names.publish(core, { name: 'wide' }))
    expect(record.wit).not.toBeTypeOf('string')
    const { car, left } = good(await names.car(record))
    expect(left).toEqual([])
    expect(good(await nodeOf(bob).names.add({ brought: opened(car) })).witDiffers).toBe(false)
  })

  test('says which files it cannot send along', async () => {
    const { names } = nodeOf(alice)
    const source = fileBlocks(Uint8Array.of(1)).root
    const { record } = good(await names.publish(add, { name: 'tool', source }))
    expect(good(await names.car(record)).left.map(String)).toEqual([source.toString()])
  })
})

describe('adding a name', () => {
  test('pins it, so that it is found by the short name and by the whole one', async () => {
    const file = await published(alice)
    const { names, store } = nodeOf(bob)
    const added = good(await names.add({ brought: file }))
    expect(added).toMatchObject({ local: 'adder', witDiffers: false, record: { iss: alice.did } })
    expect(Buffer.from(added.module).equals(add)).toBe(true)
    for (const name of ['adder', `${alice.did}/adder`]) {
      expect(good(await names.find(name)).mod.toString()).toBe(file.record.mod.toString())
    }
    expect(await store.block(file.record.mod)).toEqual(add)
    // Again, and by its name alone, as it is known now.
    expect(await names.add({ brought: file })).toHaveProperty('ok')
    expect(await names.add({ wanted: file.record, local: 'plus' })).toHaveProperty('ok')
    expect((await names.all()).map(({ local }) => local)).toEqual(['adder', 'plus'])
  })

  test('takes a later record only when it is added', async () => {
    const { names: alices } = nodeOf(alice)
    const first = good(await alices.publish(add, { name: 'tool' })).record
    const second = good(await alices.publish(image, { name: 'tool' })).record
    const file = async (record: NameRecord) => opened(good(await alices.car(record)).car)
    const { names } = nodeOf(bob)
    good(await names.add({ brought: await file(first) }))
    good(await names.add({ brought: await file(second), local: 'newer' }))
    expect(good(await names.find('tool')).seq).toBe(1)
    expect(await names.all()).toMatchObject([{ local: 'newer' }, { local: 'tool', later: 2 }])
    // Whoever brings an old one is told, also where the old one is still in use.
    expect(await names.add({ brought: await file(first) })).toMatchObject({
      error: { name: 'NameGoesBack', seq: 1, known: 2 },
    })
    good(await names.add({ wanted: second }))
    expect(good(await names.find('tool')).seq).toBe(2)
  })

  test('refuses two records with one number, which is its publisher’s fault', async () => {
    const { names } = nodeOf(bob)
    good(await names.add({ brought: await brought(alice) }))
    const other = await brought(alice, { licence: 'MIT' })
    const refusal = { error: { name: 'NameEquivocation', records: [expect.anything(), expect.anything()] } }
    expect(await names.add({ brought: other })).toMatchObject(refusal)
    expect(good(await names.find('adder')).licence).toBeUndefined()
    const both = { tokens: [...(await brought(bob)).tokens, ...(await brought(bob, { licence: 'MIT' })).tokens] }
    expect(await nodeOf(alice).names.add({ brought: { ...both, blocks: other.blocks } })).toMatchObject(refusal)
  })

  test('takes another signature of the same record for what it is', async () => {
    const { names } = nodeOf(bob)
    good(await names.add({ brought: await brought(aliceP256) }))
    expect(await names.add({ brought: await brought(aliceP256) })).toHaveProperty('ok')
  })

  test('refuses what another agent signed, a short name that is taken, and a file about several names', async () => {
    const { names } = nodeOf(bob)
    const wanted = { iss: alice.did, name: 'adder' } as const
    expect(await names.add({ wanted, brought: await brought(bob) })).toMatchObject({
      error: { name: 'ForeignName', message: expect.stringContaining(`that names ${bob.did}/adder`) },
    })
    good(await names.add({ brought: await brought(alice) }))
    expect(await names.add({ brought: await brought(bob) })).toMatchObject({
      error: { name: 'NameTaken', message: expect.stringContaining(`${alice.did}/adder here; choose another name`) },
    })
    expect(await names.add({ brought: await brought(bob), local: 'bobs' })).toHaveProperty('ok')
    expect(await names.add({ brought: await brought(bob), local: 'Bobs' })).toMatchObject({
      error: { name: 'InvalidName' },
    })
    const { blocks } = await brought(bob)
    const tokens = [...(await brought(bob)).tokens, ...(await brought(alice)).tokens]
    expect(await names.add({ brought: { tokens, blocks } })).toMatchObject({ error: { name: 'AmbiguousName' } })
    expect(await names.add({ wanted, brought: { tokens, blocks } })).toHaveProperty('ok')
  })

  test('refuses a record that was changed, or that says what it cannot, and stores nothing', async () => {
    const { tokens, blocks, record } = await published(alice)
    const { names, store } = nodeOf(bob)
    const [bytes = new Uint8Array()] = tokens
    for (const at of [4, 70, bytes.length - 4]) {
      const changed = { tokens: [bytes.with(at, (bytes[at] ?? 0) ^ 1)], blocks }
      expect(await names.add({ brought: changed })).toMatchObject({ error: { name: 'MalformedName' } })
    }
    expect(await store.hasBlock(record.mod)).toBe(false)
    expect(await names.all()).toEqual([])
  })

  test('refuses a record without its module, with a damaged one, and with one that is none', async () => {
    const { tokens, blocks } = await published(alice)
    const { names } = nodeOf(bob)
    expect(await names.add({ brought: { tokens, blocks: [] } })).toMatchObject({ error: { name: 'MissingModule' } })
    const damaged = blocks.map(({ cid, bytes }) => ({ cid, bytes: bytes.with(9, 1) }))
    expect(await names.add({ brought: { tokens, blocks: damaged } })).toMatchObject({
      error: { name: 'MissingModule' },
    })
    const text = fileBlocks(new TextEncoder().encode('no module'))
    const lie = await brought(alice, { mod: text.root })
    expect(await names.add({ brought: { ...lie, blocks: text.blocks } })).toMatchObject({
      error: { name: 'MalformedName', message: expect.stringContaining('not a Wasm binary') },
    })
    expect(good(await names.add({ brought: await brought(alice) })).witDiffers).toBe(true)
  })

  test('refuses where nothing is known', async () => {
    const { names } = nodeOf(bob)
    const wanted = { iss: alice.did, name: 'adder' } as const
    expect(await names.add({ wanted })).toMatchObject({ error: { name: 'UnknownName' } })
    const receipt = await issueReceipt({ ran: fileBlocks(add).root, out: { ok: 1 }, exp: null }, alice)
    const tokens = [receipt.bytes]
    expect(await names.add({ brought: { tokens, blocks: [] } })).toMatchObject({ error: { name: 'UnknownName' } })
    expect(await names.find('adder')).toMatchObject({ error: { name: 'UnknownName' } })
    const own = good(await names.publish(add, { name: 'mine' })).record
    expect(await names.find(printGlobalName(own))).toMatchObject({
      error: { message: expect.stringContaining(`ipvm add ${bob.did}/mine`) },
    })
  })

  test('leaves out what was damaged in the store since', async () => {
    const { names, store } = nodeOf(bob)
    const { tokens, blocks, record } = await published(alice)
    good(await names.add({ brought: { tokens, blocks } }))
    const { record: other } = await brought(alice, { licence: 'MIT' })
    for (const damaged of [record.bytes.with(8, 0), other.bytes]) {
      await store.commit({ blocks: [{ cid: record.cid, bytes: damaged }] })
      expect(await names.all()).toEqual([])
    }
    expect(await names.find('adder')).toHaveProperty('error')
    good(await names.add({ brought: { tokens, blocks } }))
    expect(await names.find('adder')).toHaveProperty('ok')
  })
})

test('a file of a name is whole: no block in it can be changed unnoticed', async () => {
  const { names } = nodeOf(alice)
  const { record } = good(await names.publish(add, { name: 'adder' }))
  const { car } = good(await names.car(record))
  expect(good(decodeCar(car)).roots.map(String)).toEqual([record.cid.toString()])
  const changed = car.with(car.length - 5, (car[car.length - 5] ?? 0) ^ 1)
  expect(decodeCar(changed)).toMatchObject({ error: { name: 'CorruptBlock' } })
  expect(encodeCar([record.cid], good(decodeCar(car)).blocks)).toEqual(car)
})

test('a whole name is a DID, a slash and a name', () => {
  const name = { iss: alice.did, name: 'adder' } as const
  expect(parseGlobalName(printGlobalName(name))).toEqual(name)
  expect(parseGlobalName('did:web:example.com:alice/adder')).toEqual({
    iss: 'did:web:example.com:alice',
    name: 'adder',
  })
  for (const text of ['adder', '/adder', 'did:key:z6Mk', `${alice.did}/`, `${alice.did}/Adder`, `${alice.did}/a/b`]) {
    expect(parseGlobalName(text)).toBeUndefined()
  }
})

/** A core module with so many functions: (func (export "function-0") (result i32) i32.const 7). */
function coreModuleWith(count: number): Uint8Array {
  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)])
  const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content]
  const all = (entry: (i: number) => number[]) => [
    ...leb(count),
    ...Array.from({ length: count }, (_, i) => entry(i)).flat(),
  ]
  const name = (i: number) => [...Buffer.from(`function-${i}`)]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(
      3,
      all(() => [0]),
    ),
    ...section(
      7,
      all(i => [name(i).length, ...name(i), 0, ...leb(i)]),
    ),
    ...section(
      10,
      all(() => [4, 0, 0x41, 7, 0x0b]),
    ),
  ])
}
