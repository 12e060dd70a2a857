import { limits as ipldLimits, rawBlock, readFile, type Block, type CID } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { limits } from '../index.ts'
import { echo, Shelf, Stage, text, until, words, type MakeHarness } from './harness.test-fixture.ts'

const mebibyte = 1024 * 1024

/** The exchange of blocks, as stories that every transport has to tell alike. */
export function blockStories(make: MakeHarness): void {
  test('of the blocks that are wanted those come that the peer has, each once', async () => {
    await using stage = new Stage(await make())
    const blocks = Array.from({ length: 40 }, (_, n) => rawBlock(new Uint8Array(n * 50).fill(n)))
    const shelf = new Shelf()
    await shelf.put(blocks.filter((_, n) => n % 2 === 0))
    const { alice, at } = await stage.pair({ block: cid => shelf.block(cid) })
    const wanted = blocks.map(({ cid }) => cid)
    const came = await collected(alice.blocks(at, [...wanted, ...wanted]))
    expect(came.map(({ cid }) => cid.toString()).sort()).toEqual([...shelf.blocks.keys()].sort())
    expect(await collected(alice.blocks(at, []))).toEqual([])
  })

  test('a file comes whole, and what is there already is not asked for', async () => {
    await using stage = new Stage(await make())
    const { shelf, root, blocks } = Shelf.withFile(5 * mebibyte + 7)
    const asked: CID[] = []
    const { alice, at } = await stage.pair({
      block: cid => {
        asked.push(cid)
        return shelf.block(cid)
      },
    })
    const mine = new Shelf()
    await mine.put(blocks.slice(0, 2))
    const fetched = await alice.fetch(root, mine, { peers: [at] })
    expect(fetched).toMatchObject({ ok: { blocks: blocks.length - 2, had: 2 } })
    expect(asked).toHaveLength(blocks.length - 2)
    expect(await readFile(root, cid => mine.block(cid))).toHaveProperty('ok')
    expect(await alice.fetch(root, mine, { peers: [at] })).toMatchObject({ ok: { blocks: 0, had: blocks.length } })
  })

  test('what nobody has is missing by name, and what came is kept', async () => {
    await using stage = new Stage(await make())
    const { shelf, root, blocks } = Shelf.withFile(3 * mebibyte)
    const lost = blocks[1]
    if (!lost) throw new Error('the file has a second block')
    shelf.blocks.delete(lost.cid.toString())
    const { alice, at } = await stage.pair({ block: cid => shelf.block(cid) })
    const mine = new Shelf()
    const failed = await alice.fetch(root, mine, { peers: [at] })
    expect(failed).toMatchObject({ error: { name: 'MissingBlocks', fetched: { blocks: blocks.length - 1 } } })
    expect('error' in failed && failed.error.missing.map(String)).toEqual([lost.cid.toString()])
    expect(mine.blocks.size).toBe(blocks.length - 1)
  })

  test('a fetch has a limit of bytes', async () => {
    await using stage = new Stage(await make())
    const { shelf, root } = Shelf.withFile(4 * mebibyte)
    const { alice, at } = await stage.pair({ block: cid => shelf.block(cid) })
    const mine = new Shelf()
    expect(await alice.fetch(root, mine, { peers: [at], bytesMax: 2 * mebibyte })).toMatchObject({
      error: { name: 'TooLarge' },
    })
    expect(mine.blocks.size).toBeLessThanOrEqual(3)
  })

  brokenStories(make)
  lyingStories(make)
}

function brokenStories(make: MakeHarness): void {
  test('a peer that vanishes in the middle of a transfer and comes back: what came is kept, the rest is asked for', async () => {
    await using stage = new Stage(await make())
    const { shelf, root, blocks } = Shelf.withFile(12 * mebibyte)
    const served: string[] = []
    let isFirst = true
    const { alice, at } = await stage.pair({
      block: async cid => {
        served.push(cid.toString())
        if (isFirst && served.length === 6) await stage.harness.vanish()
        return shelf.block(cid)
      },
    })
    const mine = new Shelf()
    const failed = await alice.fetch(root, mine, { peers: [at] })
    const gone = { name: expect.stringMatching(/^(Cut|Unreachable)$/) }
    expect(failed).toMatchObject({ error: { name: 'MissingBlocks', failures: [gone] } })
    const kept = [...mine.blocks.keys()]
    expect(kept.length).toBeGreaterThan(0)
    await stage.harness.comeBack()
    isFirst = false
    served.length = 0
    const done = await alice.fetch(root, mine, { peers: [stage.harness.bob] })
    expect(done).toMatchObject({ ok: { had: kept.length, blocks: blocks.length - kept.length } })
    expect(served.filter(cid => kept.includes(cid))).toEqual([])
  })

  test('a peer that hangs with a block is not waited for', async () => {
    await using stage = new Stage(await make())
    const { shelf, root } = Shelf.withFile(3 * mebibyte)
    let isHanging = true
    const { alice, at } = await stage.pair({
      block: cid => (isHanging && !cid.equals(root) ? new Promise(() => {}) : shelf.block(cid)),
    })
    const mine = new Shelf()
    expect(await alice.fetch(root, mine, { peers: [at], within: 400 })).toMatchObject({
      error: { name: 'MissingBlocks', failures: [{ name: 'TimedOut' }] },
    })
    isHanging = false
    expect(await alice.fetch(root, mine, { peers: [at] })).toMatchObject({ ok: { had: 1 } })
  })

  test('blocks are read as fast as they are taken, and no more when nobody takes them', async () => {
    await using stage = new Stage(await make())
    const { shelf, blocks } = Shelf.withFile(40 * mebibyte)
    let served = 0
    const { alice, at } = await stage.pair({
      block: cid => {
        served += 1
        return shelf.block(cid)
      },
    })
    const taken: Block[] = []
    for await (const block of alice.blocks(
      at,
      blocks.map(({ cid }) => cid),
    )) {
      taken.push(block)
      if (taken.length < 3) continue
      await new Promise(resolve => setTimeout(resolve, 100))
      expect(served).toBeLessThan(24)
      break
    }
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(served).toBeLessThan(24)
    expect(words(await alice.request(at, text('x')))).toBe('Refused')
  })
}

function lyingStories(make: MakeHarness): void {
  const good = rawBlock(Uint8Array.of(1, 2, 3))

  test.each<[string, Uint8Array]>([
    ['other bytes', Uint8Array.of(1, 2, 4)],
    ['no bytes', new Uint8Array(0)],
    ['more bytes than any block has', new Uint8Array(ipldLimits.blockBytesMax + 1)],
  ])('a peer that gives %s for a block is named and set aside, and nothing of it is kept', async (_what, lie) => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({ answer: echo, block: async () => lie })
    const mine = new Shelf()
    for (let turn = 0; turn < 3; turn++) await alice.fetch(good.cid, mine, { peers: [at] })
    expect(mine.blocks.size).toBe(0)
    expect(alice.setAside()).toMatchObject([[at, { why: expect.stringMatching(/WrongBlock|WrongSize/) }]])
    expect(await alice.request(at, text('x'))).toMatchObject({
      error: { name: 'SetAside', peer: at, retryAfter: expect.any(Number) },
    })
    expect(await alice.fetch(good.cid, mine)).toMatchObject({ error: { name: 'MissingBlocks' } })
    alice.forgive(at)
    expect(words(await alice.request(at, text('x')))).toBe('x')
  })

  test('a liar among several costs nothing but its own part', async () => {
    await using stage = new Stage(await make())
    const { shelf, root, blocks } = Shelf.withFile(6 * mebibyte)
    let isLying = false
    const { alice, at } = await stage.pair({
      block: async cid => (isLying ? Uint8Array.of(6) : shelf.block(cid)),
    })
    const mine = new Shelf()
    await mine.put(blocks.slice(0, 1))
    isLying = true
    await alice.fetch(root, mine, { peers: [at] })
    expect(mine.blocks.size).toBe(1)
    isLying = false
    alice.forgive(at)
    expect(await alice.fetch(root, mine, { peers: [at] })).toHaveProperty('ok')
  })

  test('who has set us aside gives nothing, and is no liar for that', async () => {
    await using stage = new Stage(await make())
    let met = ''
    const { alice, bob, at } = await stage.pair({
      answer: request => {
        met = request.from.name
        return echo(request)
      },
      block: async () => good.bytes,
    })
    await alice.request(at, text('x'))
    bob.misbehaved(met, 'Forgery')
    expect(await alice.request(at, text('x'))).toMatchObject({ error: { name: 'Refused' } })
    expect(await alice.fetch(good.cid, new Shelf(), { peers: [at] })).toHaveProperty('error')
    expect(alice.setAside()).toEqual([])
    bob.forgive(met)
    await until(() => bob.setAside().length === 0)
    expect(words(await alice.request(at, text('x')))).toBe('x')
    expect(limits.guiltMax).toBe(10)
  })
}

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
