import { error, type CID, type Result } from '@ipvm/ipld'
import type { Waiting } from '../exchange.ts'
import { fetchBlocksMax, fetchBytesMax, providerRoundsMax } from '../limits.ts'
import type { PeerName } from '../peer.ts'
import { fetchBlocks, nobodyToAsk, type BlocksOf, type Fetched, type FetchFailure, type FetchOptions } from './fetch.ts'
import type { BlockShelf } from './shelf.ts'

/** What a fetch that looks for providers needs of the network. */
export interface Providing {
  /** Who is asked first. */
  readonly peers: readonly PeerName[]
  readonly blocksOf: BlocksOf
  /** Those who say that they have something, and may be asked. */
  readonly findProviders: (cid: CID, waiting: Waiting) => Promise<readonly PeerName[]>
}

/**
 * A fetch from those who are there and, for what they lack, from those who say that they provide it. Who said so and has
 * nothing costs a question; each is asked once, and providers are looked for a few times only.
 */
export async function fetchWithProviders(
  root: CID,
  shelf: BlockShelf,
  options: FetchOptions,
  { peers, blocksOf, findProviders }: Providing,
): Promise<Result<Fetched, FetchFailure>> {
  const asked = new Set(peers)
  const first = await firstFetch(root, shelf, options, peers, blocksOf)
  let result = first
  for (let round = 0; round < providerRoundsMax; round++) {
    if ('ok' in result || result.error.name !== 'MissingBlocks' || options.signal?.aborted) return result
    const [missing] = result.error.missing
    const found = missing ? await findProviders(missing, waitingOf(options)) : []
    const others = found.filter(name => !asked.has(name))
    if (others.length === 0) return result
    for (const other of others) asked.add(other)
    const before = result.error
    const next = await fetchBlocks(root, shelf, others, blocksOf, withRest(options, before.fetched))
    result = together(before, next)
  }
  return result
}

async function firstFetch(
  root: CID,
  shelf: BlockShelf,
  options: FetchOptions,
  peers: readonly PeerName[],
  blocksOf: BlocksOf,
): Promise<Result<Fetched, FetchFailure>> {
  if (peers.length === 0 && !(await shelf.block(root))) return error(nobodyToAsk(root))
  return fetchBlocks(root, shelf, peers, blocksOf, options)
}

function waitingOf({ signal }: FetchOptions): Waiting {
  return signal ? { signal } : {}
}

/** What came counts. */
function withRest(options: FetchOptions, { bytes, blocks }: Fetched): FetchOptions {
  const { bytesMax = fetchBytesMax, blocksMax = fetchBlocksMax } = options
  return { ...options, bytesMax: Math.max(0, bytesMax - bytes), blocksMax: Math.max(0, blocksMax - blocks) }
}

/** Two fetches as one: what was there before the first was there before both. */
function together(before: FetchFailure, next: Result<Fetched, FetchFailure>): Result<Fetched, FetchFailure> {
  const sum = ({ blocks, bytes }: Fetched): Fetched => ({
    blocks: before.fetched.blocks + blocks,
    bytes: before.fetched.bytes + bytes,
    had: before.fetched.had,
  })
  if ('ok' in next) return { ok: sum(next.ok) }
  const failures = [...before.failures, ...next.error.failures].slice(-16)
  return error({ ...next.error, fetched: sum(next.error.fetched), failures })
}
