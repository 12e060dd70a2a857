import { lookUpsAtOnceMax } from '../limits.ts'
import type { World } from '../world/world.ts'

/**
 * Lets everything else have its turn while many known results are looked up: none of that waits for anything outside, so
 * that ten thousand of them would be done in one go, and nothing be heard or written meanwhile.
 */
export class Pace {
  readonly #world: World
  readonly #waiting: (() => void)[] = []
  #left = lookUpsAtOnceMax
  #isPausing = false

  constructor(world: World) {
    this.#world = world
  }

  /** Nothing where one may go on at once; else resolves when one may. */
  next(): Promise<void> | undefined {
    if (this.#left > 0 && !this.#isPausing) {
      this.#left -= 1
      return undefined
    }
    if (!this.#isPausing) this.#pause()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  #pause(): void {
    this.#isPausing = true
    this.#world.after(0, () => {
      this.#isPausing = false
      this.#left = lookUpsAtOnceMax
      const next = this.#waiting.splice(0, lookUpsAtOnceMax)
      this.#left -= next.length
      for (const resolve of next) resolve()
      if (this.#waiting.length > 0) this.#pause()
    })
  }
}
