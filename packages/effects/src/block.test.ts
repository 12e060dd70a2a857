import { blockOf, fileBlocks } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { bobsNode } from './outside.test-fixture.ts'

test('what is put is there by its CID, and what comes of a secret is not to be had', async () => {
  const { task, store } = bobsNode({})
  const value = { greeting: 'Good morning' }
  expect((await task('/block/put', { value })).out).toEqual({ ok: blockOf(value).cid })
  expect((await task('/block/get', { cid: blockOf(value).cid })).out).toEqual({ ok: value })
  const bytes = new Uint8Array(3_000_000).map((_, i) => i)
  const { root } = fileBlocks(bytes)
  expect((await task('/block/put', { value: bytes })).out).toEqual({ ok: root })
  expect(await store.hasBlock(root)).toBe(true)
  await store.commit({ secrets: [root] })
  for (const cid of [root, blockOf('unknown').cid]) {
    expect((await task('/block/get', { cid })).out).toMatchObject({ error: { name: 'MissingBlock' } })
  }
})

test('the time and random bytes are those of the world', async () => {
  const { task, world } = bobsNode({})
  const { out } = await task('/time/now', {})
  expect(out).toMatchObject({ ok: { text: expect.stringMatching(/^\d{4}-.*Z$/) } })
  expect(world.date()).toBeGreaterThan(0)
  expect((await task('/random/get', { bytes: 16 })).out).toMatchObject({ ok: expect.any(Uint8Array) })
  expect((await task('/random/get', { bytes: 1e9 })).refused?.name).toBe('MalformedArguments')
})
