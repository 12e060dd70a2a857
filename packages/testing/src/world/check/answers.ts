import { cidKey, type CID, type Value } from '@ipvm/ipld'
import type { EffectOutcome } from '@ipvm/runtime'
import type { Outcome } from '@ipvm/ucan'
import { fingerprint } from '../functions.ts'

/** What the world, or a person, has said of effects: whatever a receipt says of one, somebody must have said. */
export class Answers {
  readonly #values = new Map<string, Set<number>>()
  readonly #errors = new Map<string, Set<string>>()
  readonly #persons = new Map<string, Set<number>>()

  /** An effect answered; `task` is its resolved name. */
  hear(task: CID, outcome: EffectOutcome): void {
    if ('ok' in outcome) add(this.#values, cidKey(task), fingerprint(outcome.ok))
    else add(this.#errors, cidKey(task), outcome.error.name)
  }

  /** A person said how a task ended. */
  hearPerson(task: CID | undefined, out: Outcome): void {
    if (task) add(this.#persons, cidKey(task), fingerprint(out))
  }

  saidValue(task: CID, value: Value): boolean {
    return this.#values.get(cidKey(task))?.has(fingerprint(value)) ?? false
  }

  saidError(task: CID, name: string): boolean {
    return this.#errors.get(cidKey(task))?.has(name) ?? false
  }

  saidByPerson(task: CID, out: Outcome): boolean {
    return this.#persons.get(cidKey(task))?.has(fingerprint(out)) ?? false
  }
}

function add<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const known = map.get(key)
  if (known) known.add(value)
  else map.set(key, new Set([value]))
}
