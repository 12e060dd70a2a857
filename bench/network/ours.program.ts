// A node of our network, over one transport, without a runtime behind it: it answers a request with what it was asked, gives the
// blocks of one file, reconciles one set, and hears one topic.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createEgress, readException } from '@ipvm/egress'
import { error, fileBlocks, ok, readFile, type Block, type CID } from '@ipvm/ipld'
import { openNetwork, type BlockShelf, type Network, type OpenTransport } from '@ipvm/network'
import { httpTransport } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import { httpServer, type App } from '@ipvm/network/http/server'
import { libp2pTransport } from '@ipvm/network/libp2p'
import { answerReconcile, DigestSet, reconcileWith } from '@ipvm/network/reconcile'
import { realWorld } from './world.ts'
import { alice } from '@ipvm/testing'
import { percentile } from './figures.ts'
import { answer, heldMemory, processorSince } from './program.ts'

class Shelf implements BlockShelf {
  readonly #blocks = new Map<string, Uint8Array>()

  async block(cid: CID): Promise<Uint8Array | undefined> {
    return this.#blocks.get(`${cid}`)
  }

  async put(blocks: readonly Block[]): Promise<void> {
    for (const { cid, bytes } of blocks) this.#blocks.set(`${cid}`, bytes)
  }
}

/** What listens over HTTP, as `ipvm up` does, and asks through the guard of a node. */
async function overHttp(): Promise<{ transport: OpenTransport; address: string }> {
  let app: App = () => new Response(null, { status: 503 })
  const listener = getRequestListener((request, env) => app(request, env))
  const server = createServer({ maxHeaderSize: 64 * 1024, requestTimeout: 0 }, listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const loopback = readException('127.0.0.1:*')
  const egress = createEgress({ after: realWorld.after, exceptions: 'ok' in loopback ? [loopback.ok] : [] })
  const serve = (served: App) => {
    app = served
  }
  const start = httpServer({ node: { did: alice.did, authorise: async () => ok({}) }, serve })
  return { address, transport: httpTransport({ fetch: egressFetch(egress), addresses: [address], server: start }) }
}

const listen = ['/ip4/127.0.0.1/tcp/0']
const http = process.argv[2] === 'http' ? await overHttp() : undefined
let offered = new Shelf()
let set = new DigestSet()
const network: Network = await openNetwork({
  world: realWorld,
  transports: [http?.transport ?? libp2pTransport({ listen, isOpen: true })],
  block: cid => offered.block(cid),
  answer: async ({ type, bytes }) => {
    if (type !== 'reconcile') return ok({ type, bytes })
    const told = answerReconcile(bytes, () => set)
    return 'ok' in told ? ok({ type, bytes: told.ok }) : error({ name: 'Refused', message: told.error.message })
  },
})
let peer = ''

/** The digest of the n-th thing that is called so. */
function digest(name: string, n: number): Uint8Array {
  return createHash('sha256').update(`${name} ${n}`).digest()
}

const handlers = {
  address: () => http?.address ?? network.addresses[0] ?? '',
  connect: async (address: string) => {
    const met = await network.connect(address)
    if ('error' in met) throw new Error(met.error.message)
    peer = met.ok.name
  },
  /** Requests of this body, so many at once: how many a second, and the milliseconds of the middle one. */
  ask: async ({ count, atOnce, body }: { count: number; atOnce: number; body: Uint8Array }) => {
    const times: number[] = []
    let next = 0
    const asking = async () => {
      while (next++ < count) {
        const began = performance.now()
        const told = await network.request(peer, { type: 'container', bytes: body })
        if ('error' in told || told.ok.bytes.length !== body.length) throw new Error('the answer is wrong')
        times.push(performance.now() - began)
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: atOnce }, asking))
    return { perSecond: (count * 1000) / (performance.now() - began), p50: percentile(times, 0.5) }
  },
  /** A file to be fetched, instead of the one before. */
  offer: async (bytes: Uint8Array) => {
    const { root, blocks } = fileBlocks(bytes)
    offered = new Shelf()
    await offered.put(blocks)
    return root.bytes
  },
  /** Milliseconds until the blocks of a file are here, verified, those of a processor, and then until its bytes are put together. */
  fetch: async ({ root, length }: { root: Uint8Array; length: number }) => {
    const { CID: Name } = await import('@ipvm/ipld')
    const cid = Name.decode(root)
    const shelf = new Shelf()
    const [began, used] = [performance.now(), process.cpuUsage()]
    const fetched = await network.fetch(cid, shelf, { peers: [peer] })
    if ('error' in fetched) {
      const [failure] = fetched.error.failures
      throw new Error(`${fetched.error.message}: ${failure?.message ?? 'no peer has them'}`)
    }
    const [blocks, processor] = [performance.now() - began, processorSince(used)]
    const file = await readFile(cid, link => shelf.block(link))
    if ('error' in file || file.ok.length !== length) throw new Error('the file is not whole')
    return { blocks, processor, file: performance.now() - began }
  },
  /** A set of digests: so many in common with everybody, and so many of its own. */
  fill: ({ common, own, name }: { common: number; own: number; name: string }) => {
    set = new DigestSet()
    const before = heldMemory()
    for (let n = 0; n < common; n++) set.add(digest('common', n))
    for (let n = 0; n < own; n++) set.add(digest(name, n))
    set.at('').hash()
    const after = heldMemory()
    return after.heap + after.outside - before.heap - before.outside
  },
  reconcile: async () => {
    const began = performance.now()
    const found = await reconcileWith(network, peer, set, { set: 'receipts', random: realWorld.random })
    if ('error' in found) throw new Error(found.error.message)
    const { need, have, bytes, rounds } = found.ok
    return { need: need.length, have: have.length, bytes, rounds, milliseconds: performance.now() - began }
  },
}
export type Ours = typeof handlers
answer(handlers)
