/**
 * Random numbers that a seed decides (sfc32, seeded by splitmix32). Each part of a simulation draws from a stream of its
 * own, so that one more number drawn in one part changes nothing in the others.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param stream whose numbers these are, such as `disk` */
  constructor(seed: number, stream = '') {
    let state = (seed ^ hashText(stream)) | 0
    const next = () => {
      state = (state + 0x9e3779b9) | 0
      let t = state ^ (state >>> 16)
      t = Math.imul(t, 0x21f0aaad)
      t ^= t >>> 15
      t = Math.imul(t, 0x735a2d97)
      return t ^ (t >>> 15)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    for (let i = 0; i < 12; i++) this.#next()
  }

  /** From 0 up to and without 1. */
  fraction(): number {
    return this.#next() / 2 ** 32
  }

  /** A whole number from 0 up to and without `end`. */
  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  /** A whole number from `first` to `last`, both of them included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1)
  }

  /** True once in a while: `chance(0.1)` once in ten times. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)]
    if (picked === undefined) throw new RangeError('nothing to pick from')
    return picked
  }

  /** One of several by their weights, such as `{ok: 8, fails: 2}`. */
  weighed<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries<number>(weights)
    let left = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0 && isKey(weights, name)) return name
    }
    throw new RangeError('nothing to pick from')
  }

  /** A number around `usual`: half of the time below it, now and then many times as much. */
  around(usual: number): number {
    const fraction = this.fraction()
    return Math.round(usual * (fraction < 0.95 ? 0.1 + fraction * 1.8 : 10 * fraction))
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) bytes[i] = this.#next() & 0xff
    return bytes
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }
}

/** 32 bits of a text (FNV-1a): for streams and traces, not against anybody. */
export function hashText(text: string, from = 0x811c9dc5): number {
  let hash = from
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

function isKey<K extends string>(record: Readonly<Record<K, number>>, key: string): key is K {
  return Object.hasOwn(record, key)
}
