import type { World } from '@ipvm/runtime'

/** A world whose clock is moved by hand. What is due within a second is due at once, so that nobody waits for it. */
export class AttemptWorld implements World {
  readonly owner = 'attempts'
  /** 2026-01-01T00:00:00Z */
  time = 1_767_225_600
  #drawn = 0
  readonly #timers = new Set<{ readonly due: number; readonly callback: () => void }>()

  now(): number {
    return this.time
  }

  date(): number {
    return this.time * 1000
  }

  milliseconds(): number {
    return this.time * 1000
  }

  after(milliseconds: number, callback: () => void): () => void {
    const isSoon = milliseconds <= 1000
    const timer = { due: this.date() + milliseconds, callback: () => cancel() && callback() }
    const wait = setTimeout(timer.callback, isSoon ? 1 : milliseconds)
    if (!isSoon) wait.unref()
    const cancel = () => {
      clearTimeout(wait)
      return this.#timers.delete(timer)
    }
    this.#timers.add(timer)
    return () => void cancel()
  }

  /** Lets time pass: what is due by then is done. */
  pass(seconds: number): void {
    this.time += seconds
    for (const timer of [...this.#timers]) if (timer.due <= this.date()) timer.callback()
  }

  random(count: number): Uint8Array {
    this.#drawn += 1
    const bytes = new Uint8Array(count)
    new DataView(bytes.buffer).setUint32(0, this.#drawn)
    return bytes
  }
}
