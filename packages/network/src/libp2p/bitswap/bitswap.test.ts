import { rawBlock, type CID } from '@ipvm/ipld'
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2p, Stream } from '@libp2p/interface'
import { writer } from 'protons-runtime'
import { expect, test } from 'vitest'
import { limits, openNetwork, type Network } from '../../index.ts'
import { realWorld, Shelf, until } from '../../suite/harness.test-fixture.ts'
import { libp2pTransport } from '../index.ts'
import { recordOf } from '../people.test-fixture.ts'
import { plainNode } from '../plain.test-fixture.ts'
import { bitswapProtocol, decodeMessage, encodeMessage, type Message, type Want } from './message.ts'
import { readMessages } from './wire.ts'

const block = (n: number) => rawBlock(new TextEncoder().encode(`block ${n} `.repeat(300)))
const prefix = Uint8Array.of(1, 0x55, 0x12, 32)
const want = (cid: CID, kind: Want['kind'] = 'block'): Want => ({ cid, kind, tellsLack: true })
const prefixed = (bytes: Uint8Array) => writer().bytes(bytes).finish()

function openBob(shelf: Shelf, isBitswap = true): Promise<Network> {
  return openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ listen: ['/ip4/127.0.0.1/tcp/0'], record: recordOf('bob'), isBitswap })],
    block: cid => shelf.block(cid),
  })
}

/** Somebody who speaks bitswap, and hears what is said to them. */
class Other implements AsyncDisposable {
  readonly heard: Message[] = []
  readonly node: Libp2p
  /** Says something to every message that comes. */
  reply: ((message: Message) => readonly Uint8Array[]) | undefined

  private constructor(node: Libp2p) {
    this.node = node
  }

  static async start(): Promise<Other> {
    const other = new Other(await plainNode())
    await other.node.handle(bitswapProtocol, async (stream, { remotePeer }) => {
      try {
        for await (const message of readMessages(stream)) {
          other.heard.push(message)
          const out = await other.node.dialProtocol(remotePeer, bitswapProtocol)
          for (const bytes of other.reply?.(message) ?? []) out.send(bytes)
          await out.close()
        }
      } catch {
        // Cut off: what was heard is heard.
      }
    })
    return other
  }

  get address(): string {
    return `${this.node.getMultiaddrs()[0]}`
  }

  async says(network: Network, ...messages: readonly Uint8Array[]): Promise<Stream> {
    const stream = await this.node.dialProtocol(multiaddr(network.addresses[0]), bitswapProtocol)
    for (const bytes of messages) stream.send(bytes)
    return stream
  }

  presences(): readonly (readonly [string, boolean])[] {
    return this.heard.flatMap(({ presences }) =>
      presences.map(({ cid, isThere }) => [cid.toString(), isThere] as const),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.stop()
  }
}

test('a message is what it was, and bytes that are none are no message', () => {
  const { cid, bytes } = block(1)
  const message: Message = {
    wants: [want(cid), { cid, kind: 'have', tellsLack: false }, want(cid, 'cancel')],
    blocks: [{ prefix, bytes }],
    presences: [
      { cid, isThere: true },
      { cid, isThere: false },
    ],
  }
  const encoded = encodeMessage(message)
  expect(decodeMessage(encoded)).toEqual(message)
  // Fields that are not known are passed over.
  expect(decodeMessage(new Uint8Array([...encoded, 0x28, 7]))).toEqual(message)
  expect(decodeMessage(new Uint8Array(0))).toEqual({ wants: [], blocks: [], presences: [] })
  for (const garbage of [[0x0a, 5], [0x0a, 4, 0x0a, 2, 0x0a, 0], [0xff], [0x22, 2, 0x0a, 0]]) {
    expect(decodeMessage(Uint8Array.from(garbage))).toBeUndefined()
  }
  const endless = Array.from({ length: limits.bitswapWantsMax + 1 }, () => want(cid))
  expect(decodeMessage(encodeMessage({ wants: endless }))).toBeUndefined()
})

test('who wants a block gets it, who asks for it hears of it, and who wants it no more does not', async () => {
  const shelf = new Shelf()
  await shelf.put([block(1), block(2)])
  const bob = await openBob(shelf)
  await using other = await Other.start()
  const wants = [want(block(1).cid), want(block(2).cid, 'have'), want(block(3).cid), want(block(4).cid, 'cancel')]
  await other.says(bob, prefixed(encodeMessage({ wants })))
  await until(() => other.heard.some(({ blocks }) => blocks.length > 0) && other.presences().length > 1)
  expect(other.heard.flatMap(({ blocks }) => blocks)).toEqual([{ prefix, bytes: block(1).bytes }])
  expect(other.presences()).toEqual([
    [block(2).cid.toString(), true],
    [block(3).cid.toString(), false],
  ])
  await bob.close()
})

test('nobody is served by bitswap where it is off', async () => {
  const bob = await openBob(new Shelf(), false)
  await using other = await Other.start()
  await expect(other.says(bob, prefixed(encodeMessage({})))).rejects.toThrow()
  await bob.close()
})

test.each<[string, readonly Uint8Array[]]>([
  ['no message', [prefixed(Uint8Array.of(0x0a, 5, 1))]],
  ['a message of a gigabyte', [Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)]],
  [
    'more wants than anybody has',
    [prefixed(encodeMessage({ wants: Array.from({ length: 1100 }, () => want(block(1).cid)) }))],
  ],
  [
    'blocks that nobody wants',
    [7, 8, 9].map(n => prefixed(encodeMessage({ blocks: [{ prefix, bytes: block(n).bytes }] }))),
  ],
])('who says %s again and again is set aside, and not heard', async (_what, messages) => {
  const bob = await openBob(new Shelf())
  await using other = await Other.start()
  for (let turn = 0; turn < 4; turn++) {
    await other.says(bob, ...messages).catch(() => undefined)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await until(() => bob.setAside().length === 1)
  expect(bob.setAside()[0]?.[0]).toBe(`/p2p/${other.node.peerId}`)
  other.heard.length = 0
  await other.says(bob, prefixed(encodeMessage({ wants: [want(block(1).cid)] }))).catch(() => undefined)
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(other.heard).toEqual([])
  await bob.close()
})

test('endless lists of wants hold no more than their limit, and who sends them is to blame', async () => {
  const asked: string[] = []
  const open = Promise.withResolvers<undefined>()
  const bob = await openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ listen: ['/ip4/127.0.0.1/tcp/0'], record: recordOf('bob'), isBitswap: true })],
    block: async cid => {
      asked.push(cid.toString())
      return open.promise
    },
  })
  await using other = await Other.start()
  for (let turn = 0; turn < 8; turn++) {
    const wants = Array.from({ length: 1000 }, (_, n) => want(block(turn * 1000 + n).cid))
    await other.says(bob, prefixed(encodeMessage({ wants }))).catch(() => undefined)
  }
  await until(() => bob.setAside().length === 1)
  open.resolve(undefined)
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(asked.length).toBeLessThan(limits.bitswapWantsMax + 10)
  await bob.close()
})

test('of a peer that sends other blocks than those that were wanted, nothing is kept', async () => {
  const bob = await openBob(new Shelf())
  await using other = await Other.start()
  other.reply = ({ wants }) =>
    wants
      .filter(({ kind }) => kind === 'block')
      .map(() => prefixed(encodeMessage({ blocks: [{ prefix, bytes: block(99).bytes }] })))
  const met = await bob.connect(other.address)
  expect(met).toMatchObject({ ok: { name: `/p2p/${other.node.peerId}` } })
  const mine = new Shelf()
  for (let turn = 0; turn < 3; turn++) {
    const wanted = block(turn)
    expect(await bob.fetch(wanted.cid, mine, { within: 200 })).toHaveProperty('error')
    await until(() =>
      other.heard.some(({ wants }) => wants.some(({ cid, kind }) => kind === 'cancel' && cid.equals(wanted.cid))),
    )
  }
  for (let turn = 0; turn < 6; turn++) await bob.fetch(block(10 + turn).cid, mine, { within: 200 })
  expect(mine.blocks.size).toBe(0)
  expect(bob.setAside()).toMatchObject([[`/p2p/${other.node.peerId}`, { why: 'UnwantedBlock' }]])
  await bob.close()
})
