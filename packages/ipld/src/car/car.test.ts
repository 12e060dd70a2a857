import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  blockOf,
  CID,
  decodeCar,
  encode,
  encodeCar,
  fileBlocks,
  limits,
  rawBlock,
  readCar,
  StreamError,
  writeCar,
  type Block,
  type MalformedCar,
} from '../index.ts'

const text = (words: string) => rawBlock(new TextEncoder().encode(words))
const first = text('first')
// The last is long enough for a length of two bytes.
const blocks = [first, blockOf({ links: [first.cid] }), text('second '.repeat(20))]
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The same bytes in chunks of so many. */
function* chunked(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('its bytes are these, for good', () => {
  const car = encodeCar([first.cid], [first])
  expect(hex(car)).toMatchInlineSnapshot(
    `"3aa265726f6f747381d82a58250001551220a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e6776657273696f6e012901551220a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e6669727374"`,
  )
})

test('what is written reads back, as a whole and in chunks of any size', async () => {
  const block = fc.uint8Array({ maxLength: 300 }).map(rawBlock)
  await fc.assert(
    fc.asyncProperty(fc.array(block, { maxLength: 6 }), fc.integer({ min: 1, max: 400 }), async (list, size) => {
      const roots = list.slice(0, 2).map(({ cid }) => cid)
      const car = encodeCar(roots, list)
      expect(Buffer.concat(await collected(writeCar(roots, list))).equals(car)).toBe(true)
      expect(decodeCar(car)).toEqual({ ok: { roots, blocks: list } })
      const stream = await readCar(chunked(car, size))
      if ('error' in stream) throw new Error(stream.error.message)
      expect(stream.ok.roots).toEqual(roots)
      expect((await collected(stream.ok.blocks)).map(({ bytes }) => hex(bytes))).toEqual(
        list.map(({ bytes }) => hex(bytes)),
      )
    }),
  )
})

test('a byte flipped anywhere is refused, or gives only blocks that are what their names say', () => {
  const car = encodeCar([first.cid], blocks)
  const headerEnd = 1 + (car[0] ?? 0)
  for (let at = 0; at < car.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const broken = car.slice()
      broken[at] = (broken[at] ?? 0) ^ flip
      const read = decodeCar(broken)
      if (at >= headerEnd && 'ok' in read) {
        // The codec of a name is no part of the hash: the bytes are right under the other name too.
        for (const { cid, bytes } of read.ok.blocks)
          expect(rawBlock(bytes).cid.multihash.bytes).toEqual(cid.multihash.bytes)
      }
      if ('error' in read) expect(['MalformedCar', 'CorruptBlock']).toContain(read.error.name)
    }
  }
})

test('cut off anywhere but between blocks, it is refused', async () => {
  const car = encodeCar([first.cid], blocks)
  const ends = new Set(blocks.map((_, i) => encodeCar([first.cid], blocks.slice(0, i + 1)).length))
  ends.add(encodeCar([first.cid], []).length)
  for (let length = 0; length <= car.length; length++) {
    const part = car.subarray(0, length)
    const read = decodeCar(part)
    expect('ok' in read).toBe(ends.has(length))
    if ('error' in read) expect(read.error).toMatchObject({ name: 'MalformedCar', offset: length })
    const stream = await readCar([part])
    const streamed =
      'ok' in stream ? await collected(stream.ok.blocks).catch(thrown => thrown) : new StreamError(stream.error)
    expect(streamed instanceof StreamError).toBe(!ends.has(length))
  }
})

const header = encodeCar([], [])
const section = (...bytes: readonly number[]) => Uint8Array.of(...header, ...bytes)

test.each<[string, Uint8Array, string, number]>([
  ['nothing', new Uint8Array(0), 'ends within its header', 0],
  ['an overlong length', Uint8Array.of(0x80, 0), 'shortest form', 0],
  ['an overlong length of a block', section(0x81, 0x00, 1), 'shortest form', header.length],
  ['a length of zero', section(0), 'length of zero', header.length],
  ['a length without end', section(...new Uint8Array(9).fill(0xff), 1), 'of more than', header.length],
  ['a length over the limit', section(0xff, 0xff, 0xff, 0x7f), 'of more than', header.length],
  ['a header over the limit', Uint8Array.of(0xff, 0xff, 0x7f), 'header of more than', 0],
  ['a name that is no CID', section(3, 1, 2, 3), 'not a CID', header.length],
  ['a header that is not canonical', Uint8Array.of(2, 0x18, 1), 'DAG-CBOR', 0],
  ['version 2', framed(encode({ version: 2 })), 'version 2', 0],
  ['a header with more in it', framed(encode({ roots: [], version: 1, more: 1 })), 'not {roots, version}', 0],
  ['roots that are not links', framed(encode({ roots: ['bafy'], version: 1 })), 'not links', 0],
])('refuses %s, and says where', (_what, bytes, problem, offset) => {
  const read = decodeCar(bytes)
  expect(read).toMatchObject({ error: { name: 'MalformedCar', offset } })
  expect('error' in read && read.error.message).toContain(problem)
})

test('a block under another block’s name is refused by name', async () => {
  const forged: Block = { cid: first.cid, bytes: new TextEncoder().encode('First') }
  const car = encodeCar([], [...blocks, forged])
  expect(decodeCar(car)).toMatchObject({ error: { name: 'CorruptBlock', cid: first.cid } })
  const stream = await readCar([car])
  if ('error' in stream) throw new Error('the header is good')
  const got: Block[] = []
  const failing = (async () => {
    for await (const block of stream.ok.blocks) got.push(block)
  })()
  await expect(failing).rejects.toMatchObject({ failure: { name: 'CorruptBlock' } })
  expect(got.length).toBe(3)
})

test('names of version 0 are read', () => {
  const { root, blocks: nodes } = fileBlocks(new Uint8Array(2 * limits.chunkBytes))
  const named = nodes.map(({ cid, bytes }) => ({
    cid: cid.equals(root) ? CID.createV0(cid.multihash as never) : cid,
    bytes,
  }))
  const read = decodeCar(encodeCar([root.toV0()], named))
  expect('ok' in read && read.ok.roots.map(String)).toEqual([root.toV0().toString()])
  expect('ok' in read && read.ok.blocks.at(-1)?.cid.version).toBe(0)
})

test('a large claim is waited for and never allocated; tiny chunks take linear time', async () => {
  const claims = Uint8Array.of(...header, 0x80, 0x80, 0x80, 0x02, 1)
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 2000; i++) decodeCar(claims)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  const car = encodeCar([], [rawBlock(new Uint8Array(1024 * 1024).fill(7))])
  const stream = await readCar(chunked(car, 1))
  expect('ok' in stream && (await collected(stream.ok.blocks)).length).toBe(1)
})

test('who stops early closes the source', async () => {
  let closed = false
  async function* source() {
    try {
      yield* chunked(encodeCar([], blocks), 10)
    } finally {
      closed = true
    }
  }
  const stream = await readCar(source())
  if ('error' in stream) throw new Error('the header is good')
  for await (const _ of stream.ok.blocks) break
  expect(closed).toBe(true)
})

test('no bytes make it throw', () => {
  const some = fc.uint8Array({ maxLength: 200 })
  fc.assert(fc.property(some, bytes => void decodeCar(bytes)))
  fc.assert(fc.property(some, bytes => void decodeCar(section(...bytes))))
  const failure = decodeCar(Uint8Array.of(5))
  expect('error' in failure && (failure.error as MalformedCar).message).toContain('at byte 1')
})

function framed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(bytes.length, ...bytes)
}
