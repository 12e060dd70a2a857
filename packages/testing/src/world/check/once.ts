import { cidKey, type CID } from '@ipvm/ipld'
import type { EffectOutcome } from '@ipvm/runtime'
import type { Outcome, Receipt } from '@ipvm/ucan'
import { keptKey, type Call } from '../effects.ts'
import type { Services } from '../services.ts'
import type { Judge } from './judge.ts'
import type { Ledger, RunFacts } from './ledger.ts'

/** What is known of one mutation. */
interface Mutation {
  readonly call: Call
  calls: number
  /** How often it may be asked for still. */
  left: number
  /** How often a person said that it may. */
  persons: number
  /** What the last call came to; nothing where no answer came. */
  last: 'ok' | 'final' | 'again' | 'unknown' | undefined
  /** Whether a receipt says that it was done. */
  isDone: boolean
  /** What persons said of why it was not done, until a receipt says it. */
  readonly denied: Set<string>
}

/** The commands of mutations that are done as often as they are asked for. */
const plain: ReadonlySet<string> = new Set(['/sim/post', '/sim/pay'])

/** No mutation twice per name: each is asked for under an intent, with one key, and again only where that is safe. */
export class OnceCheck {
  readonly #judge: Judge
  readonly #ledger: Ledger
  readonly #services: Services
  readonly #mutations = new Map<string, Mutation>()

  constructor(judge: Judge, ledger: Ledger, services: Services) {
    this.#judge = judge
    this.#ledger = ledger
    this.#services = services
  }

  called(call: Call): void {
    const { cmd, context } = call
    const key = cidKey(context.task)
    const name = nameOfCall(call)
    // What is there together with its receipt, or not at all, needs no intent.
    if (cmd !== '/sim/keep' && !this.#ledger.intents.has(key))
      this.#judge.find(`${name} was asked for before its intent was on the disk`)
    if (context.key !== hex(context.task)) this.#judge.find(`${name} was asked for under a key that is not its name's`)
    const known = this.#mutations.get(key)
    const mutation = known ?? {
      call,
      calls: 0,
      left: 1,
      persons: 0,
      last: undefined,
      isDone: false,
      denied: new Set<string>(),
    }
    this.#mutations.set(key, mutation)
    if (mutation.isDone) this.#judge.find(`${name} was asked for again though a receipt says that it was done`)
    if (plain.has(cmd) && mutation.left === 0) this.#judge.find(`${name} was asked for twice, and nobody had said so`)
    mutation.calls += 1
    mutation.left = Math.max(0, mutation.left - 1)
    mutation.last = undefined
  }

  answered({ context }: Call, outcome: EffectOutcome): void {
    const mutation = this.#mutations.get(cidKey(context.task))
    if (mutation) mutation.last = 'ok' in outcome ? 'ok' : outcome.verdict
  }

  /** The world was asked and said that it was not done: then it may be done. */
  probed({ context }: Call, outcome: EffectOutcome): void {
    const mutation = this.#mutations.get(cidKey(context.task))
    if (mutation && 'error' in outcome && outcome.verdict === 'again') mutation.left = Math.max(1, mutation.left)
  }

  /**
   * A receipt came to the disk. A mutation that was refused for sure, or that was not done by a person's word, may be asked
   * for by another run.
   */
  received({ ran, as, out, exp }: Receipt): void {
    const mutation = this.#mutations.get(cidKey(as ?? ran))
    if (!mutation) return
    if ('ok' in out) mutation.isDone ||= exp === null
    else if (mutation.last === 'final' || mutation.last === 'again' || mutation.denied.delete(out.error.name))
      mutation.left = Math.max(1, mutation.left)
  }

  /** A person said of a task whose outcome is unknown that it is to be done again. */
  retried(facts: RunFacts, label: string): void {
    const task = facts.unknown.get(label) ?? facts.intended.get(label)
    const mutation = task && this.#mutations.get(cidKey(task))
    if (!mutation) return
    mutation.left += 1
    mutation.persons += 1
  }

  /** A person said how it ended, whatever it did. It counts when the receipt is there that says so. */
  settledByHand(facts: RunFacts, label: string, out: Outcome): void {
    const task = facts.unknown.get(label)
    const mutation = task && this.#mutations.get(cidKey(task))
    if (!mutation) return
    mutation.persons += 1
    if ('error' in out) mutation.denied.add(out.error.name)
  }

  /** At the end: what was done how often, and what is said to have been done. */
  finish(): void {
    for (const [key, { call, persons, isDone }] of this.#mutations) {
      const isOpen = isDone && this.#ledger.intents.has(key)
      if (isOpen) this.#judge.find(`${nameOfCall(call)} is done, and there is an intent to do it still`)
      const name = nameOfCall(call)
      if (call.cmd === '/sim/post' || call.cmd === '/sim/pay') {
        const times = this.#services.counting.times(key)
        if (times > 1 + persons) this.#judge.find(`${name} was done ${times} times`)
        if (isDone && times === 0 && persons === 0) this.#judge.find(`${name} was not done, and a receipt says it was`)
      }
      if (call.cmd !== '/sim/keep') continue
      const version = this.#ledger.kv.get(keptKey(call.args, call.context.key)) ?? 0
      if (version > 1) this.#judge.find(`${name} was kept ${version} times`)
      if (version === 0 && isDone && persons === 0) this.#judge.find(`${name} was not kept, and a receipt says it was`)
      if (version === 1 && !isDone) this.#judge.find(`${name} was kept, and no receipt says so`)
    }
  }
}

/** How people know a call. */
export function nameOfCall({ cmd, args }: Call): string {
  return `${cmd} ${String(args.id)}`
}

function hex(task: CID): string {
  return Array.from(task.multihash.digest, byte => byte.toString(16).padStart(2, '0')).join('')
}
