import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import * as DagPb from '@ipld/dag-pb'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cidOf, codec, fileBlocks, limits, parseCid, readFile, streamFile, writeFile } from '../index.ts'
import type { Block, CID, GetBlock, StreamFileOptions } from '../index.ts'
import { BalancedTree } from './tree.ts'
import { blockstore, sample, sampleStream } from './sample.test-fixture.ts'

interface Layout {
  readonly layout: string
  readonly root: string
  readonly blocks: readonly string[]
}

// 60 bytes of the sample as ipfs-unixfs-importer 17 lays them out, in leaves of 4 or 7 bytes and nodes of 2 or 3 links.
const layouts: readonly Layout[] = JSON.parse(
  readFileSync(new URL('../../fixtures/layouts.json', import.meta.url), 'utf8'),
)

async function contentOf(root: CID, getBlock: GetBlock, options?: StreamFileOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of streamFile(root, getBlock, options)) parts.push(part)
  return Uint8Array.from(Buffer.concat(parts))
}

async function written(chunks: Iterable<Uint8Array>): Promise<Block[]> {
  const blocks: Block[] = []
  for await (const block of writeFile(chunks)) blocks.push(block)
  return blocks
}

function layoutBlocks({ root, blocks }: Layout): { readonly root: CID; readonly getBlock: GetBlock } {
  const cid = parseCid(root)
  if ('error' in cid) throw new Error(cid.error.message)
  // The store finds a block by its hash, whatever codec and version the name has.
  const byHash = new Map(
    blocks.map(text => {
      const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
      return [Buffer.from(cidOf(codec.raw, bytes).multihash.bytes).toString('hex'), bytes]
    }),
  )
  return { root: cid.ok, getBlock: async name => byHash.get(Buffer.from(name.multihash.bytes).toString('hex')) }
}

test('a file written as a stream is the same blocks, in whatever chunks it comes', async () => {
  for (const length of [0, 1, limits.chunkBytes, limits.chunkBytes + 1, 3 * limits.chunkBytes]) {
    const names = fileBlocks(sample(length)).blocks.map(({ cid }) => cid.toString())
    for (const chunk of [1 << 24, 99_991, limits.chunkBytes]) {
      expect((await written(sampleStream(length, chunk))).map(({ cid }) => cid.toString())).toEqual(names)
    }
  }
  const reused = new Uint8Array(1000)
  function* reusing() {
    for (const byte of [1, 2]) yield reused.fill(byte)
  }
  const [only] = await written(reusing())
  expect(only?.bytes).toEqual(Uint8Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 1 : 2)))
})

test('64 MiB pass both ways in a process of their own, held in little memory', () => {
  const process_ = new URL('stream.test-process.ts', import.meta.url).pathname
  const { root, same, grownMiB } = JSON.parse(execFileSync(process.execPath, [process_, '64'], { encoding: 'utf8' }))
  // As ipfs-unixfs-importer names it.
  expect(root).toBe('bafybeiai4ws2nuzgobt35aaijwb7v3kszrbr4bvf4kww54aarjbezsx2ce')
  expect(same).toBe(true)
  expect(grownMiB).toBeLessThan(100)
})

test('a tree of more than 1,024 leaves closes each node when it is full, and the root comes last', () => {
  // The shape alone: leaves of no bytes under the names of their numbers.
  const tree = new BalancedTree()
  const leaf = (i: number) => ({ cid: cidOf(codec.raw, Uint8Array.of(i >> 8, i)), fileBytes: 1, treeBytes: 1 })
  const sizes: number[] = []
  for (let i = 0; i < 2049; i++) sizes.push(...tree.add(leaf(i)).map(({ bytes }) => DagPb.decode(bytes).Links.length))
  expect(sizes).toEqual([1024, 1024])
  expect(tree.finish().map(({ bytes }) => DagPb.decode(bytes).Links.length)).toEqual([1, 3])
  const full = new BalancedTree()
  for (let i = 0; i < 1024; i++) expect(full.add(leaf(i))).toEqual([])
  expect(full.finish().map(({ bytes }) => DagPb.decode(bytes).Links.length)).toEqual([1024])
})

test.each(layouts)('$layout: read whole, and any range of it', async fixture => {
  const { root, getBlock } = layoutBlocks(fixture)
  const bytes = sample(60)
  expect(await readFile(root, getBlock)).toEqual({ ok: bytes })
  await fc.assert(
    fc.asyncProperty(fc.nat(70), fc.nat(70), async (offset, length) => {
      expect(await contentOf(root, getBlock, { offset, length })).toEqual(bytes.slice(offset, offset + length))
    }),
  )
  expect(await contentOf(root, getBlock, { offset: 57 })).toEqual(bytes.slice(57))
})

test('a range reads the blocks that it touches and no others', async () => {
  const { root, blocks } = fileBlocks(sample(5 * limits.chunkBytes))
  const read: string[] = []
  const getBlock: GetBlock = cid => {
    read.push(cid.toString())
    return blockstore(blocks)(cid)
  }
  const part = await contentOf(root, getBlock, { offset: limits.chunkBytes * 2 - 1, length: 2 })
  expect(part).toEqual(sample(5 * limits.chunkBytes).slice(limits.chunkBytes * 2 - 1, limits.chunkBytes * 2 + 1))
  expect(read).toEqual([root, blocks[1]?.cid, blocks[2]?.cid].map(String))
  read.length = 0
  await contentOf(root, getBlock, { offset: limits.chunkBytes, length: limits.chunkBytes })
  expect(read).toEqual([root, blocks[1]?.cid].map(String))
  await expect(contentOf(root, getBlock, { offset: -1 })).rejects.toThrow(RangeError)
  await expect(contentOf(root, getBlock, { length: 0.5 })).rejects.toThrow(RangeError)
})

test('where a block is missing or forged the stream breaks off by name, after the bytes that were right', async () => {
  const { root, blocks } = fileBlocks(sample(3 * limits.chunkBytes))
  const forged = blocks.map((block, i) => (i === 1 ? { cid: block.cid, bytes: new Uint8Array(5) } : block))
  const cases = [
    [forged, 'CorruptBlock'],
    [blocks.filter((_, i) => i !== 1), 'MissingBlock'],
  ] as const
  for (const [there, name] of cases) {
    let got = 0
    const reading = (async () => {
      for await (const bytes of streamFile(root, blockstore(there))) got += bytes.length
    })()
    await expect(reading).rejects.toMatchObject({ name: 'StreamError', failure: { name } })
    expect(got).toBe(limits.chunkBytes)
  }
})

test('a signal ends the stream', async () => {
  const { root, blocks } = fileBlocks(sample(3 * limits.chunkBytes))
  const controller = new AbortController()
  const reading = (async () => {
    for await (const _ of streamFile(root, blockstore(blocks), { signal: controller.signal })) controller.abort()
  })()
  await expect(reading).rejects.toThrow('abort')
})

const node = (data: readonly number[], links: readonly Block[]): Block => {
  const bytes = DagPb.encode({
    Data: Uint8Array.from(data),
    Links: links.map(({ cid, bytes: inner }) => ({ Name: '', Hash: cid, Tsize: inner.length })),
  })
  return { cid: cidOf(codec.dagPb, bytes), bytes }
}
const leaf = (length: number): Block => {
  const bytes = new Uint8Array(length).fill(7)
  return { cid: cidOf(codec.raw, bytes), bytes }
}

test.each<[string, Block, readonly Block[], string]>([
  ['sizes are missing', node([8, 2], [leaf(3)]), [leaf(3)], 'how large its parts are'],
  ['a size is not the part’s', node([8, 2, 32, 4], [leaf(3)]), [leaf(3)], 'its parent says 4'],
  ['the sum is another', node([8, 2, 24, 9, 32, 3], [leaf(3)]), [leaf(3)], 'its parts 3'],
  [
    'a size is over 2^53',
    node([8, 2, 32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [leaf(3)]),
    [],
    'too large',
  ],
  ['a block is over the limit', leaf(limits.blockBytesMax + 1), [], 'larger than'],
])('a file is refused where %s', async (_what, root, parts, problem) => {
  const read = await readFile(root.cid, blockstore([root, ...parts]))
  expect(read).toMatchObject({ error: { name: 'MalformedFile' } })
  expect('error' in read && read.error.message).toContain(problem)
})

test('a few blocks that link to each other over and over do not make endless work', async () => {
  const blocks = [leaf(1)]
  let size = 1
  for (let i = 0; i < 4; i++) {
    const child = blocks.at(-1) as Block
    const varint: number[] = []
    let rest = size
    for (; rest > 127; rest = Math.floor(rest / 128)) varint.push((rest % 128) | 128)
    varint.push(rest)
    const sizes = Array.from({ length: 1000 }, () => [32, ...varint]).flat()
    blocks.push(
      node(
        [8, 2, ...sizes],
        Array.from({ length: 1000 }, () => child),
      ),
    )
    size *= 1000
  }
  const root = blocks.at(-1) as Block
  let reads = 0
  const getBlock: GetBlock = cid => {
    reads += 1
    return blockstore(blocks)(cid)
  }
  expect(await readFile(root.cid, getBlock)).toMatchObject({ error: { name: 'MalformedFile' } })
  expect(reads).toBeLessThan(limits.fileSmallBlocksMax + 1000)
})

test('a chain of nodes is followed to the depth limit and not beyond', async () => {
  const chain = (depth: number) => {
    const blocks = [leaf(1)]
    for (let i = 0; i < depth; i++) blocks.push(node([8, 2, 32, 1], [blocks.at(-1) as Block]))
    return readFile((blocks.at(-1) as Block).cid, blockstore(blocks))
  }
  expect(await chain(limits.fileDepthMax)).toEqual({ ok: Uint8Array.of(7) })
  expect(await chain(limits.fileDepthMax + 1)).toMatchObject({ error: { name: 'MalformedFile' } })
})
