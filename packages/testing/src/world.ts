import type { World } from '@ipvm/runtime'

/** A world that stands still until a test moves it. */
export class TestWorld implements World {
  readonly owner = 'test'
  /** 2026-01-01T00:00:00Z */
  time = 1_767_225_600
  #drawn = 0

  now(): number {
    return this.time
  }

  date(): number {
    return this.time * 1000
  }

  milliseconds(): number {
    return this.time * 1000
  }

  /** Real time, since what a test waits for is done in real time too. */
  after(milliseconds: number, callback: () => void): () => void {
    const timer = setTimeout(callback, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  }

  random(count: number): Uint8Array {
    this.#drawn += 1
    return new Uint8Array(count).fill(this.#drawn)
  }
}
