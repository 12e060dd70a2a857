import type { Value } from '@ipvm/ipld'

/** Services outside, which go on whatever becomes of the processes that ask them. */

/** Counts whatever it is asked for: twice asked is twice done. */
class CountingService {
  readonly #done = new Map<string, number>()
  /** Names that are not done any more, whenever a request for them comes. */
  readonly #closed = new Map<string, number>()
  #requests = 0

  /** A request is on its way; the function that it gives is called when it arrives. */
  request(name: string): () => Value {
    const number = ++this.#requests
    return () => {
      if (number <= (this.#closed.get(name) ?? 0)) return null
      const times = (this.#done.get(name) ?? 0) + 1
      this.#done.set(name, times)
      return { times }
    }
  }

  /** How often it was done. */
  times(name: string): number {
    return this.#done.get(name) ?? 0
  }

  /** How often it was done, for good: what was asked for before and did not arrive yet is not done any more. */
  settle(name: string): number {
    this.#closed.set(name, this.#requests)
    return this.times(name)
  }
}

/** Does what it is asked for under a key once, and says the same however often it is asked. */
class KeyedService {
  readonly #answers = new Map<string, Value>()

  do(key: string): Value {
    const answer = this.#answers.get(key) ?? { number: this.#answers.size + 1 }
    this.#answers.set(key, answer)
    return answer
  }
}

/** Says something else every time it is asked. */
export class Source {
  #asked = 0

  ask(): number {
    this.#asked += 1
    return (this.#asked * 37) % 101
  }
}

/** All services of a simulation. */
export class Services {
  readonly counting = new CountingService()
  readonly keyed = new KeyedService()
  readonly source = new Source()
}
