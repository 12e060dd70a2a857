import { cidKey, type CID } from '@ipvm/ipld'
import { writer } from 'protons-runtime'
import { bitswapBatchBytes, bitswapMessageBytesMax, bitswapWantsMax } from '../../limits.ts'
import { encodeMessage, type Presence, type PrefixedBlock, type Want } from './message.ts'

/** So small a block is sent to whoever only asks whether it is there. */
const smallBytes = 1024

/** Room in a message for what is not the block. */
const overheadBytes = 512

/** What giving blocks to one peer takes. */
export interface ServingContext {
  /** The bytes of a block that this peer may have now. */
  readonly block: (cid: CID) => Promise<Uint8Array | undefined>
  /** Sends messages until there are no more. Throws where the peer is lost, or does not read. */
  readonly send: (messages: AsyncIterable<Uint8Array>) => Promise<void>
  /** More is wanted than anybody may want at once. */
  readonly flooded: () => void
}

/**
 * What one peer wants of us. Each want is answered once, with what is there now: wants are not kept for blocks that may
 * come later, since nobody could say how many of them and for how long.
 */
export class Serving {
  readonly #context: ServingContext
  readonly #wants = new Map<string, Want>()
  #isAnswering = false

  constructor(context: ServingContext) {
    this.#context = context
  }

  /** Takes wants, or takes them back. */
  take(wants: readonly Want[]): void {
    for (const want of wants) {
      const key = cidKey(want.cid)
      if (want.kind === 'cancel') this.#wants.delete(key)
      else if (this.#wants.size < bitswapWantsMax || this.#wants.has(key)) this.#wants.set(key, want)
      else {
        this.#context.flooded()
        break
      }
    }
    if (this.#wants.size > 0 && !this.#isAnswering) void this.#answer()
  }

  async #answer(): Promise<void> {
    this.#isAnswering = true
    try {
      while (this.#wants.size > 0) await this.#context.send(this.#messages())
    } catch {
      // The peer is lost or does not read; it will ask again.
      this.#wants.clear()
    } finally {
      this.#isAnswering = false
    }
  }

  async *#messages(): AsyncGenerator<Uint8Array, void, undefined> {
    let blocks: PrefixedBlock[] = []
    let presences: Presence[] = []
    let bytes = 0
    for (const [key, want] of this.#wants) {
      this.#wants.delete(key)
      const found = await this.#context.block(want.cid)
      const block = found && found.length + overheadBytes <= bitswapMessageBytesMax ? found : undefined
      if (block && (want.kind === 'block' || block.length <= smallBytes)) {
        if (bytes + block.length > bitswapBatchBytes && bytes > 0) {
          yield encodeMessage({ blocks, presences })
          ;[blocks, presences, bytes] = [[], [], 0]
        }
        blocks.push({ prefix: prefixOf(want.cid), bytes: block })
        bytes += block.length
      } else if (block || want.tellsLack) presences.push({ cid: want.cid, isThere: block !== undefined })
    }
    if (blocks.length + presences.length > 0) yield encodeMessage({ blocks, presences })
  }
}

function prefixOf({ version, code, multihash }: CID): Uint8Array {
  const numbers = writer().uint32(version).uint32(code).uint32(multihash.code).uint32(multihash.digest.length)
  return numbers.finish()
}
