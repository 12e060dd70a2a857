import { cidKey, type Block, type CID } from '@ipvm/ipld'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { broughtBlocksMax } from '../limits.ts'

/**
 * Who brought which blocks here lately. Whoever has brought a block knows what is in it, and may have it used without
 * being let read it. Forgotten with the process, and the oldest beyond the limit: then it is brought again.
 */
export class Bringers {
  readonly #known = new Set<string>()

  note(agent: Did, blocks: Iterable<Pick<Block, 'cid'>>): void {
    for (const { cid } of blocks) {
      const key = keyOf(agent, cid)
      this.#known.delete(key)
      this.#known.add(key)
    }
    for (const oldest of this.#known) {
      if (this.#known.size <= broughtBlocksMax) return
      this.#known.delete(oldest)
    }
  }

  has(agent: Did, cid: CID): boolean {
    return this.#known.has(keyOf(agent, cid))
  }
}

function keyOf(agent: Did, cid: CID): string {
  return `${withoutFragment(agent)} ${cidKey(cid)}`
}
