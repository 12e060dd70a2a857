import { expect, test } from 'vitest'
import { blockOf, cidOf, codec, fileBlocks, linksOf, nameOf, rawBlock } from './index.ts'

test('a block’s links are found however deep they stand, and those of a file’s node', () => {
  const [one, two] = [nameOf(1), nameOf(2)]
  const value = blockOf({ a: [one, { b: { c: two } }], d: 5, e: one.bytes })
  expect(linksOf(value).map(String).sort()).toEqual([one, two].map(String).sort())
  const { root, blocks } = fileBlocks(new Uint8Array(2_000_000))
  const node = blocks.find(({ cid }) => cid.equals(root))
  expect(node && linksOf(node).map(String)).toEqual(blocks.slice(0, 2).map(({ cid }) => String(cid)))
})

test('raw bytes link to nothing, and neither does what its codec cannot read', () => {
  expect(linksOf(rawBlock(blockOf(nameOf(1)).bytes))).toEqual([])
  for (const code of [codec.dagCbor, codec.dagPb]) {
    const bytes = Uint8Array.of(255, 1, 2)
    expect(linksOf({ cid: cidOf(code, bytes), bytes })).toEqual([])
  }
})
