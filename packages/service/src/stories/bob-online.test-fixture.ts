import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { openNetwork, type Network } from '@ipvm/network'
import { httpTransport } from '@ipvm/network/http'
import { httpServer, type App } from '@ipvm/network/http/server'
import { writeContainer, type Delegation, type Invocation } from '@ipvm/ucan'
import { bobsService, type BobOptions } from './bob.test-fixture.ts'

/** Bob's node on a port of this machine, and Alice's network. */
export async function bobOnline(options: BobOptions = {}) {
  const bob = bobsService(options)
  const { service, runtime, world } = bob
  let app: App = () => new Response(null, { status: 503 })
  const listening = Promise.withResolvers<AddressInfo>()
  const fetch = (request: Request, env: object) => app(request, env)
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, listening.resolve) as Server
  const address = `http://127.0.0.1:${(await listening.promise).port}/`
  const started = httpServer({
    node: service.reads,
    config: { addressOf: (_, env) => getConnInfo({ env } as never).remote.address },
    serve: own => {
      app = own
    },
  })
  const { answer, block } = service
  const transports = [httpTransport({ addresses: [address], server: started })]
  service.open(await openNetwork({ world, transports, answer, block }))
  const alice: Network = await openNetwork({ world, transports: [httpTransport()] })
  const close = async () => {
    await alice.close()
    await service.close()
    await runtime.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return {
    ...bob,
    address,
    alice,
    app: (path: string, init?: RequestInit) => globalThis.fetch(address + path, init),
    close,
  }
}

/** An invocation and its proofs as what goes behind `Authorization`. */
export async function bearer(
  invocation: Invocation,
  ...proofs: readonly Delegation[]
): Promise<Readonly<Record<string, string>>> {
  const tokens = [invocation, ...proofs].map(({ envelope }) => envelope.bytes)
  const container = await writeContainer(tokens, 'base64url')
  return { authorization: `Bearer ${new TextDecoder().decode(container)}` }
}
