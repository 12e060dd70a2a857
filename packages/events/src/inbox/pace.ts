import type { World } from '@ipvm/runtime'

const minute = 60_000

/** Lets so many things begin in a minute, spread over it; as many as ten at once. */
export class Pace {
  readonly #pause: number
  readonly #world: World
  readonly #burst: number
  /** When there will have been room for all that began. */
  #free = Number.NEGATIVE_INFINITY

  /** @param perMinute any number, where it is absent */
  constructor(perMinute: number | undefined, world: World) {
    this.#pause = perMinute === undefined ? 0 : minute / perMinute
    this.#burst = this.#pause * Math.min(10, perMinute ?? 1)
    this.#world = world
  }

  /** Takes a place; or how long it is until there is one, milliseconds. */
  take(): number {
    if (this.#pause === 0) return 0
    const now = this.#world.milliseconds()
    const free = Math.max(this.#free, now - this.#burst)
    const wait = free + this.#pause - now
    // Clocks are no more exact than that.
    if (wait > 1) return wait
    this.#free = free + this.#pause
    return 0
  }
}
