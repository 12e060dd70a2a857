import { expect, test } from 'vitest'
import * as DagPb from '@ipld/dag-pb'
import { CID, cidOf, codec, fileBlocks, readFile, type Block } from '../index.ts'
import { blockstore, sample } from './sample.test-fixture.ts'

// As ipfs-unixfs-importer names them, with chunks of 1 MiB, raw leaves, 1,024 links a node.
test.each([
  [0, 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
  [11, 'bafkreifnsxzik4p75s5wxgo2y7w24ael5stec6gcbo5y2cbtpxcn3nmoz4'],
  [1_048_576, 'bafkreib5xlbpsquvpy3f3zqlimlk3jdbebvxex4uizcwxsc35ei7wvbm5a'],
  [1_048_577, 'bafybeie5cjy5fpq2r6tm5htvlwjkzymawsvsfurorem57kboriyeilvs2i'],
  [3_000_000, 'bafybeidycnw2lcwyk4ryzeakcrjaxxutiwq3nqjfc2j2xfodkueyn2s4gy'],
  [3_145_728, 'bafybeiab7iowpuue3ykhc7nbqvaxf5dhj5vmugtengsswgpifswfchwtd4'],
])('a file of %i bytes has the name that other implementations give it, and reads back', async (length, name) => {
  const bytes = sample(length)
  const { root, blocks } = fileBlocks(bytes)
  expect(root.toString()).toBe(name)
  expect(await readFile(root, blockstore(blocks))).toEqual({ ok: bytes })
})

test('a file whose leaves are wrapped in nodes, as older tools write them, reads back', async () => {
  const leaf = (text: string): Block => {
    const data = new TextEncoder().encode(text)
    const bytes = DagPb.encode({ Data: Uint8Array.of(8, 2, 18, data.length, ...data, 24, data.length), Links: [] })
    return { cid: cidOf(codec.dagPb, bytes), bytes }
  }
  const leaves = [leaf('hello '), leaf('world')]
  const links = leaves.map(({ cid, bytes }) => ({ Name: '', Hash: cid, Tsize: bytes.length }))
  const bytes = DagPb.encode({ Data: Uint8Array.of(8, 2, 24, 11, 32, 6, 32, 5), Links: links })
  const root = { cid: cidOf(codec.dagPb, bytes), bytes }
  const content = await readFile(root.cid, blockstore([root, ...leaves]))
  expect('ok' in content && new TextDecoder().decode(content.ok)).toBe('hello world')
})

test('a missing block and a block of other bytes are refused by name', async () => {
  const { root, blocks } = fileBlocks(sample(2_000_000))
  const [first, ...rest] = blocks
  if (!first) throw new Error('a file has a leaf')
  expect(await readFile(root, blockstore(rest))).toMatchObject({ error: { name: 'MissingBlock', cid: first.cid } })
  const forged = { cid: first.cid, bytes: first.bytes.map(byte => byte ^ 1) }
  expect(await readFile(root, blockstore([forged, ...rest]))).toMatchObject({ error: { name: 'CorruptBlock' } })
})

test('a directory, a tree without end and a CBOR block are no file', async () => {
  const directory = DagPb.encode({ Data: Uint8Array.of(8, 1), Links: [] })
  const cid = cidOf(codec.dagPb, directory)
  expect(await readFile(cid, blockstore([{ cid, bytes: directory }]))).toMatchObject({
    error: { name: 'MalformedFile' },
  })
  let deep = fileBlocks(sample(5)).root
  const nodes: Block[] = []
  for (let i = 0; i < 10; i++) {
    const bytes = DagPb.encode({ Data: Uint8Array.of(8, 2), Links: [{ Name: '', Hash: deep, Tsize: 1 }] })
    deep = cidOf(codec.dagPb, bytes)
    nodes.push({ cid: deep, bytes })
  }
  expect(await readFile(deep, blockstore(nodes))).toMatchObject({ error: { name: 'MalformedFile' } })
  const cbor = CID.createV1(codec.dagCbor, deep.multihash)
  expect(await readFile(cbor, blockstore([]))).toMatchObject({ error: { name: 'MalformedFile' } })
})
