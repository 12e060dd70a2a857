import { error, ok, StreamError, type Block, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { BlocksOptions } from '../exchange.ts'
import { networkFailure, networkFailureOf, type NetworkFailure } from '../failure.ts'
import { fetchBlocksMax, fetchBytesMax } from '../limits.ts'
import type { PeerName } from '../peer.ts'
import type { BlockShelf } from './shelf.ts'
import { Wants, type Batch } from './wants.ts'

/** What is brought, from whom, and how much of it. */
export interface FetchOptions {
  /** Who is asked, the likeliest first; everyone who is there, where it is left out. */
  readonly peers?: readonly PeerName[]
  /** How long the next block of a peer is waited for, milliseconds. */
  readonly within?: number
  readonly signal?: AbortSignal
  readonly bytesMax?: number
  readonly blocksMax?: number
  /** Which links are followed; all of them, where it is left out. */
  readonly follows?: (link: CID) => boolean
}

/** What a fetch has brought. */
export interface Fetched {
  readonly blocks: number
  readonly bytes: number
  /** How many blocks were there before. */
  readonly had: number
}

/** Why not everything could be brought. What came is kept, and asking again goes on from there. */
export interface FetchFailure extends Failure {
  readonly name: 'MissingBlocks' | 'TooLarge' | 'Aborted'
  /** Some of what is missing still. */
  readonly missing: readonly CID[]
  readonly fetched: Fetched
  /** Why each of the peers that failed did. */
  readonly failures: readonly NetworkFailure[]
}

/** Blocks of one peer, verified: the network's. */
export type BlocksOf = (peer: PeerName, cids: readonly CID[], options: BlocksOptions) => AsyncIterable<Block>

/**
 * Brings what a shelf lacks of everything that a root links to, from several peers side by side: each is asked for other
 * blocks, and what one does not have or does not bring another one is asked for. Blocks are kept as they come, so a fetch
 * that breaks off is resumed by asking again. Failures: `MissingBlocks`, `TooLarge`, `Aborted`.
 */
export async function fetchBlocks(
  root: CID,
  shelf: BlockShelf,
  peers: readonly PeerName[],
  blocksOf: BlocksOf,
  options: FetchOptions = {},
): Promise<Result<Fetched, FetchFailure>> {
  const fetch = new Fetch(new Wants(shelf, { isShared: peers.length > 1, ...options }), shelf, blocksOf, options)
  await fetch.want([root])
  await Promise.all(peers.map(peer => fetch.askAll(peer)))
  return fetch.outcome()
}

/** How many names may be known for each block that may come, on average. */
const linksEach = 4

class Fetch {
  readonly #shelf: BlockShelf
  readonly #blocksOf: BlocksOf
  readonly #options: FetchOptions
  readonly #wants: Wants
  readonly #failures: NetworkFailure[] = []
  #blocks = 0
  #bytes = 0
  #isOver = false

  constructor(wants: Wants, shelf: BlockShelf, blocksOf: BlocksOf, options: FetchOptions) {
    this.#wants = wants
    this.#shelf = shelf
    this.#blocksOf = blocksOf
    this.#options = options
  }

  /** Wants these, or what they link to where they are there already. */
  async want(cids: readonly CID[]): Promise<void> {
    await this.#wants.add(cids)
  }

  /** Asks one peer for whatever nobody else is being asked for, until it has nothing more to give. */
  async askAll(peer: PeerName): Promise<void> {
    while (!this.#isOver && !this.#options.signal?.aborted) {
      const batch = this.#wants.take(peer)
      if (batch.cids.length === 0) {
        if (!this.#wants.isWaited()) return
        await this.#wants.changed()
        continue
      }
      if (!(await this.#ask(peer, batch))) return
    }
  }

  outcome(): Result<Fetched, FetchFailure> {
    const fetched = { blocks: this.#blocks, bytes: this.#bytes, had: this.#wants.had }
    const { missing } = this.#wants
    const more = { missing, fetched, failures: this.#failures }
    if (this.#isOver) return error({ name: 'TooLarge', message: this.#tooLarge(), ...more })
    if (missing.length === 0) return ok(fetched)
    if (this.#options.signal?.aborted) {
      return error({ name: 'Aborted', message: 'the fetch was called off; what came is kept', ...more })
    }
    const message = `${missing.length} blocks are still missing, ${missing[0]} among them; what came is kept, ask again when more peers are there`
    return error({ name: 'MissingBlocks', message, ...more })
  }

  #tooLarge(): string {
    const { bytesMax = fetchBytesMax, blocksMax = fetchBlocksMax } = this.#options
    return `what was to be fetched is more than ${bytesMax} bytes or ${blocksMax} blocks; what came is kept`
  }

  /** One question for some blocks; false where the peer is not to be asked again. */
  async #ask(peer: PeerName, { cids, below }: Batch): Promise<boolean> {
    const { within, signal } = this.#options
    const asking = { ...(within !== undefined && { within }), ...(signal && { signal }), ...(below && { below }) }
    const left = new Set(cids)
    try {
      for await (const block of this.#blocksOf(peer, cids, asking)) {
        left.delete(block.cid)
        await this.#keep(block)
        if (this.#isOver) break
      }
      return true
    } catch (thrown) {
      if (!(thrown instanceof StreamError)) throw thrown
      this.#failures.push(networkFailureOf(thrown))
      return false
    } finally {
      this.#wants.giveBack(peer, [...left])
    }
  }

  async #keep(block: Block): Promise<void> {
    const { bytesMax = fetchBytesMax, blocksMax = fetchBlocksMax } = this.#options
    this.#bytes += block.bytes.length
    this.#blocks += 1
    if (this.#bytes > bytesMax || this.#blocks > blocksMax) this.#isOver = true
    else await this.#shelf.put([block])
    await this.#wants.came(block, this.#isOver)
    // A block of links alone names a hundred thousand others.
    if (this.#wants.known > blocksMax * linksEach) this.#isOver = true
  }
}

/** The failure of a fetch for which nobody can be asked. */
export function nobodyToAsk(root: CID): FetchFailure {
  const failures = [networkFailure('NoSuchPeer', undefined)]
  const fetched = { blocks: 0, bytes: 0, had: 0 }
  const message = `nobody is there to ask for ${root}; connect to a peer and try again`
  return { name: 'MissingBlocks', message, missing: [root], fetched, failures }
}
