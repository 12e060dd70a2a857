import { createServer, type Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { openNetwork } from '@ipvm/network'
import { httpTransport } from '@ipvm/network/http'
import { httpServer, type App } from '@ipvm/network/http/server'
import { homeOf, IpvmNode } from '@ipvm/node'
import { defineEffect } from '@ipvm/runtime'
import { alice, bob } from '@ipvm/testing'
import { delegate, type Command, type Delegation } from '@ipvm/ucan'
import { CID, type Failure, type Result } from '@ipvm/ipld'
import type { Signer } from '@ipvm/varsig'
import * as v from 'valibot'

/** Bob's node over real HTTP, its home in a folder of its own. */
export interface BobsNode {
  readonly url: string
  readonly node: () => IpvmNode
  /** What `/test/post` was asked for. */
  readonly posted: string[]
  /** What the server was asked: method and path. */
  readonly asked: string[]
  /** What a task of `/test/wait` waits for. */
  readonly gate: { open: Promise<unknown> }
  /** Ends its process's work and its connections; what is in its store stays. */
  stop(): Promise<void>
  /** Starts it again at the same address. */
  start(): Promise<void>
  remove(): Promise<void>
}

const realWorld = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => performance.now(),
  after: (milliseconds: number, callback: () => void) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
  random: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
}

/** Starts Bob's node; `open` are commands that anybody may invoke. */
export async function bobsNode({ open = [] }: { readonly open?: readonly Command[] } = {}): Promise<BobsNode> {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-client-'))
  const posted: string[] = []
  const asked: string[] = []
  const gate: { open: Promise<unknown> } = { open: Promise.resolve() }
  const length = async (file: CID) => good(await here().file(file)).length
  const effects = effectsOf(posted, gate, length)
  let port = 0
  let up: { readonly node: IpvmNode; readonly server: Server } | undefined
  const start = async () => {
    const node = new IpvmNode(homeOf(folder), bob, { effects, open, workers: 1 })
    good(await node.runtime.open())
    let app: App = () => new Response(null, { status: 503 })
    const listener = getRequestListener(request => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
      return app(request)
    })
    const server = createServer({ requestTimeout: 0 }, listener)
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
    const serve = (served: App) => {
      app = served
    }
    const service = await node.service()
    const transport = httpTransport({
      addresses: [`http://127.0.0.1:${port}/`],
      server: httpServer({ node: service.reads, config: { origins: '*' }, serve }),
    })
    const { answer, block } = service
    service.open(await openNetwork({ world: realWorld, transports: [transport], answer, block }))
    up = { node, server }
  }
  const stop = async () => {
    up?.server.closeAllConnections()
    up?.server.close()
    await up?.node.close()
    up = undefined
  }
  const here = () => {
    if (!up) throw new Error('Bob is away')
    return up.node
  }
  await start()
  return {
    ...{ url: `http://127.0.0.1:${port}/`, posted, asked, gate, start, stop },
    node: here,
    remove: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function effectsOf(
  posted: string[],
  gate: { readonly open: Promise<unknown> },
  length: (file: CID) => Promise<number>,
) {
  const text = v.strictObject({ text: v.string() })
  const post = defineEffect<{ text: string }>({
    ...{ cmd: '/test/post', class: 'mutation', args: text },
    run: async asked => {
      posted.push(asked.text)
      return { ok: posted.length }
    },
  })
  const wait = defineEffect<{ text: string }>({
    ...{ cmd: '/test/wait', class: 'query', args: text },
    run: async asked => {
      await gate.open
      return { ok: asked.text }
    },
  })
  const read = defineEffect<{ file: CID }>({
    ...{ cmd: '/test/read', class: 'query', args: v.strictObject({ file: v.instance(CID) }) },
    run: async ({ file }) => ({ ok: await length(file) }),
  })
  return [post, wait, read]
}

/** Bob lets Alice do all of a command. */
export function bobLets(cmd: Command, more: { readonly exp?: number } = {}, to: Signer = alice): Promise<Delegation> {
  const exp = more.exp ?? realWorld.now() + 3600
  return delegate({ aud: to.did, sub: bob.did, cmd, pol: [], nonce: realWorld.random(12), exp }, bob)
}

/** The value of a result that has to be good. */
export function good<T>(result: Result<T, Failure>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}
