import { knownAnswerBytesMax, knownAnswersMax } from '../limits.ts'
import type { Answer } from './answer.ts'

/** Answers of pure functions by the requests that they are to, as long as the trigger is there; the oldest first. */
export class KnownAnswers {
  readonly #byTrigger = new WeakMap<object, Map<string, Answer>>()

  get(trigger: object, key: string): Answer | undefined {
    return this.#byTrigger.get(trigger)?.get(key)
  }

  keep(trigger: object, key: string, answer: Answer): void {
    if (answer.body.length > knownAnswerBytesMax) return
    const known = this.#byTrigger.get(trigger) ?? new Map<string, Answer>()
    this.#byTrigger.set(trigger, known)
    known.set(key, answer)
    const [oldest] = known.keys()
    if (oldest !== undefined && known.size > knownAnswersMax) known.delete(oldest)
  }
}
