import { httpTransport } from '@ipvm/network/http'
import { httpServer } from '@ipvm/network/http/server'
import type { IpvmNode } from '../node.ts'
import type { Front } from './front.ts'

/**
 * Takes a node to the others over HTTP alone: what they ask is answered by its front, and what it asks goes through its guard.
 * @param addresses where others reach what is served
 */
export async function goToOthersOverHttp(node: IpvmNode, front: Front, addresses: readonly string[]): Promise<void> {
  const { fetch } = node
  const service = await node.service()
  const server = httpServer({
    node: service.reads,
    config: { addressOf: (_, env) => front.addressOf(env), closing: front.closing },
    serve: app => front.open(app, service.reads),
  })
  await node.openNetwork([httpTransport({ fetch, addresses, server })])
}
