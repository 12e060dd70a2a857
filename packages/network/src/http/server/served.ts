import { cidKey, error, ok, parseCid, type CID, type Result, type ValueMap } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import type { Context } from 'hono'
import type { Refusal } from '../../exchange.ts'
import type { Peer } from '../../peer.ts'
import type { NetworkWorld } from '../../world.ts'
import { readBearer } from '../bearer.ts'
import type { HttpConfig, NodePort, Permission } from '../node-port.ts'
import { malformed, refusalResponse } from '../refuse.ts'
import type { Asks } from './asks.ts'
import type { TopicHub } from './topic-hub.ts'

/** What every route has at hand. */
export interface Served {
  readonly port: NodePort
  readonly config: HttpConfig
  readonly world: NetworkWorld
  readonly topics: TopicHub
  readonly asks: Asks
  /** Who asks, where it came by a stream that this node holds. */
  readonly askedBy: (request: Request) => Peer | undefined
  /** How many bytes of bodies are held, or may come. */
  readonly bodies: { bytes: number }
}

/** Somebody, and what they may. */
export interface Permitted {
  readonly permission: Permission
  /** By the DID that was proven, else by the address. */
  readonly from: Peer
}

/** Who is at the other end, as far as the connection says. */
export function peerOf({ config, askedBy }: Served, c: Context): Peer {
  const asker = askedBy(c.req.raw)
  return asker ?? { name: `http:${config.addressOf?.(c.req.raw, c.env) ?? 'unknown'}`, addresses: [] }
}

/** Whether who asks may; the answer to give where not. */
export async function permit(
  served: Served,
  c: Context,
  cmd: Command,
  args: ValueMap,
): Promise<Result<Permitted, Refusal>> {
  const from = peerOf(served, c)
  const bearer = await readBearer(c.req.header('authorization'), served.world.now())
  if ('error' in bearer) return bearer
  const permission = await served.port.authorise({ cmd, args, from }, bearer.ok)
  if ('error' in permission) return permission
  const { did } = permission.ok
  return ok({ permission: permission.ok, from: did === undefined ? from : { name: did, did, addresses: [] } })
}

/** The CID in a route, or what to answer where it is none. */
export function cidIn(c: Context, name: string): Result<CID, Refusal> {
  const cid = parseCid(c.req.param(name) ?? '')
  return 'ok' in cid ? cid : error({ name: 'Refused', status: 400, message: cid.error.message })
}

/** A route about a CID that who asks may read. */
export function readable(
  served: Served,
  parameter: string,
  read: { readonly cmd: Command; readonly argument: string },
  answer: (c: Context, cid: CID, permitted: Permitted) => Promise<Response>,
): (c: Context) => Promise<Response> {
  return async c => {
    const cid = cidIn(c, parameter)
    if ('error' in cid) return refusalResponse(cid.error)
    const permitted = await permit(served, c, read.cmd, { [read.argument]: cid.ok })
    return 'error' in permitted ? refusalResponse(permitted.error) : answer(c, cid.ok, permitted.ok)
  }
}

/** A number of a query, in milliseconds, from seconds; what to answer where it is none. */
export function waitOf(c: Context, max: number): number | Response {
  const text = c.req.query('wait')
  if (text === undefined) return 0
  if (!/^\d{1,6}(\.\d{1,6})?$/.test(text)) return malformed('"wait" is a number of seconds, such as ?wait=10')
  return Math.min(Number(text) * 1000, max)
}

/** The names of blocks that were given already. */
export class Given {
  readonly #names = new Set<string>()

  /** False where it was given before. */
  add(cid: CID): boolean {
    const key = cidKey(cid)
    if (this.#names.has(key)) return false
    this.#names.add(key)
    return true
  }

  get size(): number {
    return this.#names.size
  }
}
