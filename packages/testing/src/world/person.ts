import type { RunRequest } from '@ipvm/store'
import type { Court } from './check/court.ts'
import type { RunFacts } from './check/ledger.ts'
import type { Coverage } from './coverage.ts'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import type { Trace } from './trace.ts'

/** What the person at the node needs. */
export interface PersonParts {
  readonly machine: Machine
  readonly court: Court
  readonly coverage: Coverage
  readonly trace: Trace
  readonly random: Random
}

/** Who looks after the node: says how mutations ended of which nobody knows, and now and then meddles with runs. */
export class Person {
  readonly #parts: PersonParts

  constructor(parts: PersonParts) {
    this.#parts = parts
  }

  /** Asks something of some run. */
  meddle(): void {
    const { random, court } = this.#parts
    const open = [...court.ledger.runs.values()].filter(({ end }) => !end)
    const [doubtful] = open.filter(({ unknown }) => unknown.size > 0)
    if (doubtful && random.chance(0.5)) return this.#resolve(doubtful)
    const failed = [...court.ledger.runs.values()].filter(({ end }) => end === 'failed')
    const [runs, type] = random.chance(0.15)
      ? [failed, 'retry' as const]
      : [open, random.weighed({ suspend: 4, resume: 5, cancel: 1, retry: 1 })]
    if (runs.length === 0) return
    const facts = random.pick(runs)
    if (type !== 'retry') return this.#ask(facts, { type })
    const labels = [...facts.settled.values()].filter(({ how }) => how === 'failed').map(({ label }) => label)
    if (labels.length > 0) this.#ask(facts, { type, label: random.pick(labels) })
  }

  /** Lets every run go on that waits for a person. True where there is none. */
  settleAll(): boolean {
    let isDone = true
    for (const facts of this.#parts.court.ledger.runs.values()) {
      if (facts.end) continue
      const isParked = facts.journal.at(-1)?.event.type === 'parked'
      if (facts.unknown.size > 0) this.#resolve(facts)
      else if (facts.suspended || isParked) this.#ask(facts, { type: 'resume' })
      isDone = false
    }
    return isDone
  }

  #resolve(facts: RunFacts): void {
    const { random } = this.#parts
    const label = random.pick([...facts.unknown.keys()])
    const said = random.weighed({ retry: 5, ok: 3, error: 1 })
    if (said === 'retry') return this.#ask(facts, { type: 'retry', label })
    const out = said === 'ok' ? { ok: 'a person looked' } : { error: { name: 'NotDone', message: 'a person looked' } }
    this.#ask(facts, { type: 'settle', label, out })
  }

  #ask(facts: RunFacts, request: RunRequest): void {
    const { machine, court, coverage, trace, random } = this.#parts
    const { processes } = machine
    if (processes.length === 0) return
    const process = random.pick(processes)
    const label = 'label' in request ? request.label : ''
    if (request.type === 'retry') court.once.retried(facts, label)
    if (request.type === 'settle') court.once.settledByHand(facts, label)
    if (request.type === 'settle') court.answers.hearPerson(facts.unknown.get(label), request.out)
    coverage.count(`asked to ${request.type}`)
    trace.tell('asks', `${process.life.name} to ${request.type} ${facts.start.name} ${label}`)
    process.runtime.request(facts.start.run, request).then(
      answer =>
        trace.tell('answer', `${facts.start.name} ${request.type} ${'ok' in answer ? 'ok' : answer.error.name}`),
      (fault: unknown) => court.judge.find(`a person who asked to ${request.type} was told ${String(fault)}`),
    )
  }
}
