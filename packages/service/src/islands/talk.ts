import { error, ok, type Result } from '@ipvm/ipld'
import {
  networkFailure,
  readContents,
  Seen,
  type Contents,
  type Network,
  type NetworkFailure,
  type PeerName,
} from '@ipvm/network'
import { reconcile, type Difference } from '@ipvm/network/reconcile'
import { Brought } from '@ipvm/runtime'
import type { Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { nameOfToken } from '../receipts/accept.ts'
import { batches } from '../receipts/announce.ts'
import { proven, readCommand } from '../receipts/proven.ts'
import { broughtBytesMax, broughtTokensMax, emptyClaimsLie, emptyClaimsMax, messageWithin } from './limits.ts'
import { cidOfDigest, writeIslandMessage, type SetName } from './message.ts'
import { digestKey, type Sets } from './sets.ts'
import type { Taking } from './take.ts'
import type { Travels } from './travels.ts'

/** Another node, by its name and who it is. */
export interface Island {
  readonly name: PeerName
  readonly did: Did
}

/** What a reconciliation came to. */
export interface Reconciled {
  readonly taken: number
  readonly brought: number
  /** Bytes of the messages by which the difference was found. */
  readonly bytes: number
}

/** Of what talks are made. */
export interface TalkParts {
  readonly context: ServiceContext
  readonly sets: Sets
  readonly taking: Taking
  readonly travels: Travels
  /** Aborts when this node goes: nobody is waited for then. */
  readonly signal: AbortSignal
}

/**
 * Finds what this node and another one do not have in common, takes what is lacking here, and brings what is lacking
 * there. What came is kept, so that a talk that breaks off is gone on with by the next one.
 */
export class Talks {
  readonly #parts: TalkParts
  /** By peer: what it said that it had, and did not bring. */
  readonly #empty = new Map<PeerName, Seen>()

  constructor(parts: TalkParts) {
    this.#parts = parts
  }

  /** Forgets what was noted of a peer. */
  forget(peer: PeerName): void {
    this.#empty.delete(peer)
  }

  /** Reconciles one set with another node. Failures: those of a request. */
  async reconcile(network: Network, island: Island, set: SetName): Promise<Result<Reconciled, NetworkFailure>> {
    const { sets, context } = this.#parts
    await (set === 'receipts' ? sets.read() : sets.readRevocations())
    const difference = await reconcile<NetworkFailure>(sets.get(set), {
      set,
      random: count => context.world.random(count),
      send: async message => {
        const answer = await this.#request(network, island, set, message)
        return 'ok' in answer ? ok(answer.ok.bytes) : answer
      },
    })
    if ('error' in difference) {
      const failure = difference.error
      if ('sent' in failure) return error(failure)
      network.misbehaved(island.name, failure.name === 'EndlessTalk' ? 'EndlessTalk' : 'Garbage')
      return error(networkFailure('MalformedAnswer', island.name, { sent: true, message: failure.message }))
    }
    return this.#exchange(network, island, set, difference.ok)
  }

  async #exchange(
    network: Network,
    island: Island,
    set: SetName,
    { need, have, bytes }: Difference,
  ): Promise<Result<Reconciled, NetworkFailure>> {
    const taken = await this.#takeAll(network, island, set, need)
    if ('error' in taken) return taken
    const brought = await this.#bringAll(network, island, set, have)
    return 'error' in brought ? brought : ok({ taken: taken.ok, brought: brought.ok, bytes })
  }

  async #takeAll(
    network: Network,
    island: Island,
    set: SetName,
    need: readonly Uint8Array[],
  ): Promise<Result<number, NetworkFailure>> {
    const { taking } = this.#parts
    const empty = this.#empty.get(island.name) ?? new Seen(emptyClaimsMax)
    this.#empty.set(island.name, empty)
    const wanted: Uint8Array[] = []
    for (const digest of need) {
      if (empty.has(digestKey(digest)) || (await taking.isNeedless(cidOfDigest(digest)))) continue
      wanted.push(digest)
    }
    let taken = 0
    let lacking = 0
    while (wanted.length > 0) {
      const some = wanted.splice(0, broughtTokensMax)
      const answer = await this.#want(network, island, set, some)
      if ('error' in answer) return answer
      const { tokens, blocks } = answer.ok
      const came = new Set(tokens.map(token => digestKey(nameOfToken(token).multihash.digest)))
      const left = some.filter(digest => !came.has(digestKey(digest)))
      taken += await taking.take(set, tokens, island.name, new Brought(blocks))
      // Not all found room: the others are asked for again, as long as anything comes.
      if (tokens.length > 0 && left.length > 0) wanted.unshift(...left)
      if (tokens.length > 0) continue
      for (const digest of some) empty.add(digestKey(digest))
      lacking += some.length
      if (lacking < emptyClaimsLie) continue
      network.misbehaved(island.name, 'EndlessTalk')
      break
    }
    return ok(taken)
  }

  /** What a peer has of these; whoever brings what nobody asked for is to blame. */
  async #want(
    network: Network,
    island: Island,
    set: SetName,
    digests: readonly Uint8Array[],
  ): Promise<Result<Contents, NetworkFailure>> {
    const answer = await this.#request(network, island, set, writeIslandMessage({ kind: 'want', set, digests }))
    if ('error' in answer) return answer
    const contents = await readContents(answer.ok)
    const asked = new Set(digests.map(digestKey))
    const isAsked = (token: Uint8Array) => asked.has(digestKey(nameOfToken(token).multihash.digest))
    if ('ok' in contents && contents.ok.tokens.every(isAsked)) return contents
    network.misbehaved(island.name, 'error' in contents ? 'Garbage' : 'UnwantedBlock')
    return error(networkFailure('MalformedAnswer', island.name, { sent: true }))
  }

  async #bringAll(
    network: Network,
    island: Island,
    set: SetName,
    have: readonly Uint8Array[],
  ): Promise<Result<number, NetworkFailure>> {
    let brought = 0
    for (let at = 0; at < have.length; at += broughtTokensMax) {
      const tokens = await this.#tokens(set, have.slice(at, at + broughtTokensMax))
      for (const some of batches(tokens, { tokensMax: broughtTokensMax, bytesMax: broughtBytesMax })) {
        const bytes = writeIslandMessage({ kind: 'bring', set, tokens: some })
        const answer = await this.#request(network, island, set, bytes)
        if ('error' in answer) return answer
        brought += some.length
      }
    }
    return ok(brought)
  }

  async #tokens(set: SetName, digests: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const { travels, context } = this.#parts
    const tokens: Uint8Array[] = []
    for (const digest of digests) {
      const cid = cidOfDigest(digest)
      const bytes = set === 'receipts' ? (await travels.receipt(cid))?.bytes : await context.store.block(cid)
      if (bytes) tokens.push(bytes)
    }
    return tokens
  }

  /** Whoever asks about receipts shows with each message that they may read them. */
  async #request(network: Network, { name, did }: Island, set: SetName, message: Uint8Array) {
    const { context, signal } = this.#parts
    const isOpen = set === 'revocations'
    const bytes = isOpen ? message : await proven(context, did, readCommand, { set, message })
    return network.request(name, { type: 'reconcile', bytes }, { within: messageWithin, signal })
  }
}
