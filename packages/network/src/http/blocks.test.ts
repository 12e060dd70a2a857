import { createHash } from 'node:crypto'
import { ok, rawBlock, writeCar, type Block, type CID } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { openNetwork } from '../index.ts'
import { realWorld, Shelf } from '../suite/harness.test-fixture.ts'
import { streamOf } from './body.ts'
import { httpTransport, type Fetch } from './index.ts'
import { httpServer, type App } from './server/index.ts'

const mebibyte = 1024 * 1024
const at = 'http://bob.example/'

/** Bob's node as Alice's requests reach it: she notes each, and somebody between them may answer instead. */
async function aliceAndBob(shelf: Shelf, between: (url: string) => Response | undefined = () => undefined) {
  let app: App = () => new Response(null, { status: 503 })
  const server = httpServer({
    node: { did: bob.did, authorise: async () => ok({}) },
    serve: served => {
      app = served
    },
  })
  await openNetwork({ world: realWorld, transports: [httpTransport({ server })], block: cid => shelf.block(cid) })
  const asked: string[] = []
  const fetch: Fetch = async (url, init) => {
    asked.push(url.replace(`${at}ipfs/`, ''))
    return between(url) ?? app(new Request(url, init), {})
  }
  const alice = await openNetwork({ world: realWorld, transports: [httpTransport({ fetch })] })
  return { alice, asked }
}

const raw = (cid: CID) => `${cid}?format=raw`
const car = (cid: CID) => `${cid}?format=car`

test('the leaves of a file come in one stream', async () => {
  const { shelf, root, blocks } = Shelf.withFile(12 * mebibyte)
  const { alice, asked } = await aliceAndBob(shelf)
  const mine = new Shelf()
  expect(await alice.fetch(root, mine, { peers: [at] })).toMatchObject({ ok: { blocks: blocks.length, had: 0 } })
  expect(asked).toEqual([raw(root), car(root)])
  expect(digestOf(mine)).toBe(digestOf(shelf))
})

test('of a stream that breaks off what came is kept, and the rest is asked for by its names', async () => {
  const { shelf, root, blocks } = Shelf.withFile(12 * mebibyte)
  const [lost] = blocks.slice(5)
  if (!lost) throw new Error('the file has six leaves')
  shelf.blocks.delete(`${lost.cid}`)
  const { alice, asked } = await aliceAndBob(shelf)
  const mine = new Shelf()
  const failed = await alice.fetch(root, mine, { peers: [at] })
  expect(failed).toMatchObject({ error: { name: 'MissingBlocks', missing: [lost.cid], failures: [] } })
  expect(asked.slice(0, 3)).toEqual([raw(root), car(root), raw(lost.cid)])
  expect(mine.blocks.size).toBe(blocks.length - 1)
  asked.length = 0
  await shelf.put([lost])
  expect(await alice.fetch(root, mine, { peers: [at] })).toMatchObject({ ok: { blocks: 1 } })
  expect(asked).toEqual([raw(lost.cid)])
})

test('a stream of other blocks ends with the first one, however many there are', async () => {
  const { shelf, root, blocks } = Shelf.withFile(3 * mebibyte)
  const node = blocks.find(({ cid }) => cid.equals(root)) ?? rawBlock(new Uint8Array(0))
  const [leaf = node, second = node] = blocks
  const lies: readonly (readonly Block[])[] = [
    [node],
    [node, rawBlock(Uint8Array.of(7))],
    [leaf],
    [node, { cid: second.cid, bytes: leaf.bytes }],
  ]
  for (const lie of lies) {
    let given = 0
    async function* endless(): AsyncGenerator<Block> {
      yield* lie
      for (;;) {
        given += 1
        yield lie.at(-1) ?? node
      }
    }
    const { alice } = await aliceAndBob(shelf, url =>
      url.endsWith('car') ? new Response(streamOf(writeCar([root], endless()), realWorld)) : undefined,
    )
    const mine = new Shelf()
    expect(await alice.fetch(root, mine, { peers: [at] })).toMatchObject({
      error: {
        failures: [{ name: 'MalformedAnswer', message: expect.stringMatching(/nobody asked for|other bytes/) }],
      },
    })
    expect(given).toBeLessThan(5)
    for (const [name, bytes] of mine.blocks) expect(shelf.blocks.get(name)).toEqual(bytes)
  }
})

function digestOf({ blocks }: Shelf): string {
  const hash = createHash('sha256')
  for (const name of [...blocks.keys()].sort()) hash.update(name).update(blocks.get(name) ?? '')
  return hash.digest('hex')
}
