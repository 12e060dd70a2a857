import { error, ok, type Result } from '@ipvm/ipld'
import { networkFailure } from '@ipvm/network'
import { httpAddress, platformFetch, type Fetch } from '@ipvm/network/http/client'
import { sameDid, type Did, type Signer } from '@ipvm/varsig'
import type { ExportName } from '@ipvm/workflow'
import { readProofs, type ProofSource } from './ask/proofs.ts'
import { settle } from './ask/settle.ts'
import { putFile } from './blocks/put.ts'
import { Client } from './client.ts'
import type { ConnectFailure, ForeignNode } from './failure.ts'
import { outboxSeconds, whoWithin } from './limits.ts'
import { Link } from './node/link.ts'
import { whoIsAt } from './node/who.ts'
import { Outbox, type OnSettled } from './outbox/outbox.ts'
import type { OutboxStore } from './outbox/store.ts'
import { platformWorld, type ClientWorld } from './world.ts'

/** How a node is connected to. */
export interface ConnectOptions {
  /** Whose node it has to be. Without it, the node that is met is taken, and its DID is there to be seen. */
  readonly did?: Did
  /** What proves what one may do there: delegations, or what `ipvm delegate` has printed. */
  readonly proofs?: ProofSource
  /**
   * Others whose receipts of pure functions count like the node's own, such as the machines that it works together with; of
   * what is done to the world, and of how a run ended, the node says itself.
   */
  readonly trust?: readonly Did[]
  /** Where requests are written down, so that they outlast lost connections, reloads and restarts. */
  readonly outbox?: OutboxStore
  /** Told of each request of the outbox that has come to its end, also of those of an earlier visit. */
  readonly onSettled?: OnSettled
  /** Gives the exact name of a function, where modules are at hand to be read; the node takes any spelling. */
  readonly exportName?: ExportName
  readonly signal?: AbortSignal
  /** How the node is asked; the platform's `fetch`, where not given. */
  readonly fetch?: Fetch
  readonly world?: ClientWorld
}

/**
 * Connects to a node over HTTP. With an outbox and a `did`, that also works while the node is away: then requests wait
 * for it. Failures: `UnknownNode`, `ForeignNode` where another one is there than `did` says, `MalformedProofs`, and those
 * of the network.
 *
 * @example
 * const node = orThrow(await connect('https://node.example/', signer, { proofs }))
 * const receipt = orThrow(await node.call('/wasm/run', { mod, fun: 'add-one', params: [41] }))
 */
export async function connect(
  url: string,
  signer: Signer,
  options: ConnectOptions = {},
): Promise<Result<Client, ConnectFailure>> {
  const { world = platformWorld, fetch = platformFetch, trust = [], exportName } = options
  const address = httpAddress(url)
  if (address === undefined) return error(networkFailure('NoSuchPeer', url))
  const proofs = await readProofs(options.proofs ?? [])
  if ('error' in proofs) return proofs
  const link = new Link({ address, signer, proofs: proofs.ok, world, fetch })
  const met = await meet(link, fetch, options)
  if ('error' in met) return met
  link.did = met.ok
  const trusted = [met.ok, ...trust]
  const outbox = options.outbox && outboxOf(link, trusted, options.outbox, options.onSettled)
  await outbox?.open()
  return ok(new Client({ link, trusted, proofs: proofs.ok, outbox, exportName }))
}

/** Whose node it is. Where that is given and it is away, it is believed to be the one that was given. */
async function meet(
  { address, remote, world }: Link,
  fetch: Fetch,
  { did, outbox, signal }: ConnectOptions,
): Promise<Result<Did, ConnectFailure>> {
  const waiting = { within: whoWithin, signal: signal ?? new AbortController().signal }
  const found = await whoIsAt(remote, { fetch, world }, waiting)
  if (did === undefined) return found
  if ('ok' in found) return sameDid(found.ok, did) ? ok(did) : error(foreign(address, found.ok, did))
  // Whoever answers there, only what this agent has signed will count.
  return outbox || found.error.name === 'UnknownNode' ? ok(did) : found
}

function foreign(address: string, found: Did, wanted: Did): ForeignNode {
  const message = `${address} is the node of ${found}, not of ${wanted}; check the address, or whether its key was changed`
  return { name: 'ForeignNode', message, did: found }
}

function outboxOf(link: Link, trusted: readonly Did[], store: OutboxStore, onSettled: OnSettled = () => {}): Outbox {
  return new Outbox({
    ...{ store, node: link.did, now: () => link.world.now(), onSettled },
    send: (request, signal, onPending) =>
      settle(link, request, trusted, { signal, isOutbox: true, ...(onPending && { onPending }) }),
    bring: (file, at, signal) => putFile(link, file, { signal, isOutbox: true, until: at + outboxSeconds }),
  })
}
