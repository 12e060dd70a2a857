import { cidKey, type Block, type CID } from '@ipvm/ipld'
import { heldBytesMax } from '../limits.ts'

/** Blocks that came along with answers, each verified; the oldest makes room for the next. */
export class Shelf {
  readonly #held = new Map<string, Uint8Array>()
  #bytes = 0

  get(cid: CID): Uint8Array | undefined {
    return this.#held.get(cidKey(cid))
  }

  add({ cid, bytes }: Block): void {
    const key = cidKey(cid)
    if (this.#held.has(key) || bytes.length > heldBytesMax) return
    // A view would keep the whole answer.
    this.#held.set(key, bytes.slice())
    this.#bytes += bytes.length
    for (const [oldest, { length }] of this.#held) {
      if (this.#bytes <= heldBytesMax) return
      this.#held.delete(oldest)
      this.#bytes -= length
    }
  }
}
