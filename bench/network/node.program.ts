// Our node as it is served to others over HTTP and libp2p, in a folder of its own. Its limits on how much one agent may ask are as high as
// they go: what is measured is what an answer costs, not how many of them are allowed. What is read needs no leave.
import { parseCid, type Value } from '@ipvm/ipld'
import { homeOf, IpvmNode, makeIdentity } from '@ipvm/node'
import { httpTransport } from '@ipvm/network/http'
import { httpServer } from '@ipvm/network/http/server'
import { libp2pTransport } from '@ipvm/network/libp2p'
import { Front, serve } from '@ipvm/node/serve'
import { defineEffect } from '@ipvm/runtime'
import { delegate } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import { workflow } from '@ipvm/workflow'
import * as v from 'valibot'
import { runOurs } from '../ours.ts'
import { percentile } from './figures.ts'
import { answer, heldMemory } from './program.ts'
import { realWorld } from './world.ts'

/** A task that never ends by itself, so that there is something to watch. */
const never = defineEffect<object>({
  cmd: '/bench/never',
  class: 'query',
  args: v.strictObject({}),
  run: (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
})

const many = { perSecond: 1e9, burst: 1e9 }
const home = homeOf(process.argv[2] ?? '')
const identity = await makeIdentity(home)
if ('error' in identity) throw new Error(identity.error.message)
const { signer } = identity.ok
const node = new IpvmNode(home, signer, {
  effects: [never],
  open: ['/workflow/read', '/receipt/read', '/block/get'],
  admission: { agent: many, open: many, refused: many, atOncePerAgent: 4096, tasksInLine: 1e6, runs: 1e6 },
})
const front = new Front()
const serving = await serve(node, { host: '127.0.0.1', port: 0, front })
if ('error' in serving) throw new Error(serving.error.message)
const service = await node.service()
const network = await node.openNetwork([
  httpTransport({
    fetch: node.fetch,
    addresses: [`${serving.ok.url}/`],
    server: httpServer({
      node: service.reads,
      config: { addressOf: (_, env) => front.addressOf(env), closing: front.closing },
      serve: app => front.open(app, service.reads),
    }),
  }),
  libp2pTransport({ listen: ['/ip4/127.0.0.1/tcp/0'], isOpen: true }),
])
await node.warm()

/** A workflow of the one task with this number. */
function one(mod: string, number: number): Value {
  const cid = parseCid(mod)
  if ('error' in cid) throw new Error(cid.error.message)
  return workflow('one', ({ task }) => {
    task('t0', { mod: cid.ok, fun: 'add-one', params: [number] })
  })
}

const handlers = {
  about: () => {
    const libp2p = network.addresses.find(address => address.startsWith('/ip4/')) ?? ''
    return { url: `${serving.ok.url}/`, did: node.did, libp2p }
  },
  /** All that the node may, for somebody. */
  grant: async (aud: Did) => {
    const nonce = realWorld.random(12)
    return (await delegate({ aud, sub: node.did, cmd: '/', pol: [], nonce, exp: null }, signer)).envelope.bytes
  },
  put: async (file: Uint8Array) => `${await node.put(file)}`,
  /** So many workflows of one task each, so many at once, as this process asks itself for them. */
  local: async ({ mod, from, count, atOnce }: { mod: string; from: number; count: number; atOnce: number }) => {
    const times: number[] = []
    let next = 0
    const asking = async () => {
      while (next < count) {
        const began = performance.now()
        await runOurs(node, one(mod, from + next++))
        times.push(performance.now() - began)
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: atOnce }, asking))
    return { perSecond: (count * 1000) / (performance.now() - began), p50: percentile(times, 0.5) }
  },
  /** Starts a workflow that does not end; its name. */
  linger: async () => {
    const compiled = await node.compile(
      workflow('long', ({ task }) => void task('it', { cmd: '/bench/never', args: {} })),
    )
    if ('error' in compiled) throw new Error(compiled.error.message)
    void node.submit(compiled.ok)
    return `${compiled.ok.document.cid}`
  },
  memory: () => heldMemory(),
}
export type OurNode = typeof handlers
answer(handlers)
