import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { createEgress, readException } from '@ipvm/egress'
import { ok, type ValueMap } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { invoke, writeContainer, type Command } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { afterAll, describe } from 'vitest'
import { assertPeer, type OpenTransport } from '../index.ts'
import { partingStories } from '../suite/parting.test-fixture.ts'
import { transportSuite } from '../suite/suite.test-fixture.ts'
import { realWorld, type Harness } from '../suite/harness.test-fixture.ts'
import { egressFetch } from './egress/index.ts'
import { httpTransport, type Fetch } from './index.ts'
import { httpServer, type App, type NodeReads } from './server/index.ts'

/** A server that can be gone, and come back at the same address. */
class Machine {
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()
  port = 0
  app: App = () => new Response(null, { status: 503 })

  async start(): Promise<void> {
    await new Promise<void>(resolve => {
      const server = serve(
        { fetch: (request, env) => this.app(request, env as object), port: this.port, hostname: '127.0.0.1' },
        info => {
          this.port = info.port
          resolve()
        },
      )
      this.#server = server as Server
      this.#server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket)
        socket.on('close', () => this.#sockets.delete(socket))
      })
    })
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server?.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

async function makeHarness(fetch?: Fetch): Promise<Harness> {
  const asking = fetch && { fetch }
  const machine = new Machine()
  await machine.start()
  const address = `http://127.0.0.1:${machine.port}/`
  const node: NodeReads = {
    did: bob.did,
    // Who shows an invocation is who has signed it.
    authorise: async (_, bearer) => ok(bearer ? { did: bearer.invocation.iss } : {}),
    record: async () => (await assertPeer([address], realWorld.now() + 3600, bob)).bytes,
  }
  const server = httpServer({
    node,
    config: { addressOf: (_: Request, env: unknown) => getConnInfo({ env } as never).remote.address },
    serve: (app: App) => {
      machine.app = app
    },
  })
  const hostile = await hostileServers()
  const dialling = (signer: Signer): OpenTransport => {
    const serve = () => {}
    const unserved = httpServer({ node: { ...node, did: signer.did, record: async () => undefined }, serve })
    return httpTransport({ server: unserved, authorise: bearer(signer), ...asking })
  }
  const nobody = new Machine()
  await nobody.start()
  await nobody.stop()
  return {
    open: name =>
      name === 'bob'
        ? httpTransport({ server, addresses: [address], authorise: bearer(bob), ...asking })
        : dialling(name === 'alice' ? alice : carol),
    bob: address,
    nobody: `http://127.0.0.1:${nobody.port}/`,
    vanish: () => machine.stop(),
    comeBack: () => machine.start(),
    hostile: hostile.addresses,
    close: async () => {
      await Promise.all([machine.stop(), hostile.close()])
    },
  }
}

/** An invocation by which somebody shows who they are; for blocks they are known by their address, as for requests. */
function bearer(signer: Signer) {
  return async (_: string, cmd: Command, args: ValueMap): Promise<string | undefined> => {
    if (cmd === '/block/get') return undefined
    const nonce = realWorld.random(12)
    const { bytes } = (await invoke({ sub: signer.did, cmd, args, prf: [], nonce, exp: realWorld.now() + 60 }, signer))
      .envelope
    return new TextDecoder().decode(await writeContainer([bytes], 'base64url'))
  }
}

/** Servers on loopback that do what no honest one does. */
async function hostileServers() {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const at = async (server: Server) => {
    servers.push(server)
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const type = { 'content-type': 'application/vnd.ipvm.container' }
  const pour = (response: NodeJS.WritableStream) => {
    while (response.write(new Uint8Array(65_536)));
    response.once('drain', () => pour(response))
  }
  const addresses = {
    endless: await at(createServer((_, response) => void pour(response.writeHead(200, type)))),
    'says more than it gives': await at(
      createServer((_, response) => void response.writeHead(200, { ...type, 'content-length': '9999999' }).write('x')),
    ),
    cut: await at(
      createServer((_, response) => {
        response.writeHead(200, { ...type, 'content-length': '100' }).write('x')
        setTimeout(() => response.destroy(), 20)
      }),
    ),
    hanging: await at(createServer(() => {})),
    dripping: await at(
      createServer((_, response) => {
        response.writeHead(200, type)
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(timer))
      }),
    ),
    redirecting: await at(
      createServer((request, response) => void response.writeHead(307, { location: request.url }).end()),
    ),
    'of another kind': await at(
      createServer((_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')),
    ),
    'endless refusal': await at(createServer((_, response) => void pour(response.writeHead(403)))),
    'garbage on the wire': await at(
      createServer().on('connection', (socket: Socket) => void socket.end('\u0000\u0001 no HTTP at all\r\n\r\n')),
    ),
    'endless headers': await at(
      createServer().on('connection', (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const more = () => {
          while (!socket.destroyed && socket.write(`x-header: ${'y'.repeat(8000)}\r\n`));
        }
        socket.on('drain', more)
        more()
      }),
    ),
  }
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  }
  return { addresses, close }
}

transportSuite('a transport over HTTP', () => makeHarness())
describe('parting over HTTP', () => partingStories(() => makeHarness()))

const exception = readException('127.0.0.1:*')
const exceptions = 'ok' in exception ? [exception.ok] : []
const egress = createEgress({ after: realWorld.after, exceptions })
afterAll(() => egress.close())

transportSuite('a transport over HTTP, through the guard of a node', () => makeHarness(egressFetch(egress)))
