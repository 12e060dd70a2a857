import type { World } from '@ipvm/runtime'

/** Time that goes on from one appointment to the next, so that a story of hours is told at once. */
export class VirtualWorld implements World {
  readonly owner = 'test'
  time = 0
  #drawn = 0
  #appointments: { at: number; callback: () => void }[] = []

  now(): number {
    return 1_767_225_600 + Math.floor(this.time / 1000)
  }

  date(): number {
    return 1_767_225_600_000 + this.time
  }

  milliseconds(): number {
    return this.time
  }

  after(milliseconds: number, callback: () => void): () => void {
    const one = { at: this.time + milliseconds, callback }
    this.#appointments.push(one)
    return () => {
      this.#appointments = this.#appointments.filter(other => other !== one)
    }
  }

  random(count: number): Uint8Array {
    this.#drawn += 1
    const bytes = new Uint8Array(count)
    new DataView(bytes.buffer).setUint32(0, this.#drawn)
    return bytes
  }

  /** Goes on until a work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    void work.then(done, done)
    for (;;) {
      // What takes no time of this world may take several turns of the real one, as to hash in a thread of the platform.
      for (let turn = 0; turn < 8 && !isDone; turn++) await new Promise(resolve => setImmediate(resolve))
      if (isDone) return work
      this.#appointments.sort((a, b) => a.at - b.at)
      const next = this.#appointments.shift()
      if (!next) continue
      this.time = Math.max(this.time, next.at)
      next.callback()
    }
  }

  /** Goes on for so many milliseconds. */
  async pass(milliseconds: number): Promise<void> {
    await this.until(new Promise<void>(resolve => this.after(milliseconds, resolve)))
  }
}

/** Fractions that a seed decides. */
export function seeded(seed: number): { fraction(): number } {
  let state = seed >>> 0
  return {
    fraction: () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    },
  }
}
