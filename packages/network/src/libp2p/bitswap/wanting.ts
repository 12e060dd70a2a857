import { characters, type Block, type CID } from '@ipvm/ipld'
import { sha256 } from '@ipvm/ipld/sha256'
import { withDeadline } from '../../deadline.ts'
import type { Waiting } from '../../exchange.ts'
import type { NetworkWorld } from '../../world.ts'
import type { Message, Want } from './message.ts'

/** How many blocks are wanted of a peer at once: it sends them when it likes, so this is what may come unread. */
const wantedAtOnce = 16

/** One question for blocks to one peer. */
export class Wanting {
  readonly #wants: CID[]
  /** What was asked for and has not come, by its hash. */
  readonly #open = new Map<string, CID>()
  readonly #came: Block[] = []
  #changed = Promise.withResolvers<void>()
  #isLost = false

  constructor(cids: readonly CID[]) {
    this.#wants = [...cids]
  }

  /** What is open still. */
  get open(): readonly CID[] {
    return [...this.#open.values()]
  }

  /** Takes a block by its hash; false where it was not wanted here. */
  take(hash: string, bytes: Uint8Array): boolean {
    const cid = this.#open.get(hash)
    if (!cid) return false
    this.#open.delete(hash)
    this.#came.push({ cid, bytes })
    this.#tell()
    return true
  }

  /** The peer does not have it. */
  lacks(cid: CID): void {
    if (this.#open.delete(hashKey(cid))) this.#tell()
  }

  lose(): void {
    this.#isLost = true
    this.#tell()
  }

  /** The blocks as they come; `send` asks for more of them. Ends when all have come or are lacking. */
  async *blocks(
    send: (wants: readonly Want[]) => Promise<void>,
    waiting: Required<Waiting>,
    world: Pick<NetworkWorld, 'after'>,
  ): AsyncGenerator<Block | 'Cut' | 'TimedOut' | 'Aborted', void, undefined> {
    for (;;) {
      if (this.#open.size <= wantedAtOnce / 2 && this.#wants.length > 0) await this.#askMore(send)
      const block = this.#came.shift()
      if (block) {
        yield block
        continue
      }
      if (this.#open.size === 0 && this.#wants.length === 0) return
      if (this.#isLost) return yield 'Cut'
      const ended = await withDeadline(world, waiting, () => this.#changed.promise)
      if ('late' in ended) return yield ended.late
    }
  }

  async #askMore(send: (wants: readonly Want[]) => Promise<void>): Promise<void> {
    const next = this.#wants.splice(0, wantedAtOnce - this.#open.size)
    for (const cid of next) this.#open.set(hashKey(cid), cid)
    try {
      await send(next.map(cid => ({ cid, kind: 'block', tellsLack: true })))
    } catch {
      this.lose()
    }
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

/** The hash of a name, whose version and codec do not matter to bitswap. */
function hashKey({ multihash }: CID): string {
  return characters(multihash.bytes)
}

/** The blocks of a message by what they hash to. Only sha2-256 can be verified here. */
export function hashedBlocks({ blocks }: Message): readonly (readonly [string, Uint8Array])[] {
  return blocks.map(({ bytes }) => {
    const digest = sha256(bytes)
    return [characters(Uint8Array.of(0x12, digest.length, ...digest)), bytes] as const
  })
}
