import { characters } from '@ipvm/ipld'
import { sha256 } from '@ipvm/ipld/sha256'
import { messagesSeenMax } from '../limits.ts'

/** Which messages were there already, by topic and bytes. In two halves: the older one is forgotten as a whole. */
export class Seen {
  readonly #half: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(entries = messagesSeenMax) {
    this.#half = Math.ceil(entries / 2)
  }

  /** Writes a message down; false where it was there already. */
  add(topic: string, message: Uint8Array): boolean {
    const key = `${topic} ${characters(sha256(message))}`
    if (this.#young.has(key) || this.#old.has(key)) return false
    this.#young.add(key)
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Set()
    }
    return true
  }
}
