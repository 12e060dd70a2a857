import type { Outgoing } from './sockets.ts'

/** The requests that are under way, until each has its answer. */
export class UnderWay {
  readonly #answers = new Set<Outgoing>()
  readonly #left: () => void
  #isEnding = false
  #none = Promise.withResolvers<void>()

  /** @param left told when a request has left while it is ended */
  constructor(left: () => void) {
    this.#left = left
  }

  get count(): number {
    return this.#answers.size
  }

  add(answer: Outgoing): void {
    this.#answers.add(answer)
    if (this.#isEnding) last(answer)
    answer.on('close', () => {
      this.#answers.delete(answer)
      if (!this.#isEnding) return
      if (this.count === 0) this.#none.resolve()
      this.#left()
    })
  }

  /** Says with every answer that its connection ends with it. Resolves when none is under way. */
  end(): Promise<void> {
    this.#isEnding = true
    for (const answer of this.#answers) last(answer)
    if (this.count === 0) this.#none.resolve()
    return this.#none.promise
  }
}

/** HTTP/2 says it for the whole connection (GOAWAY). */
function last(answer: Outgoing): void {
  if (!('stream' in answer) && !answer.headersSent) answer.setHeader('connection', 'close')
}
