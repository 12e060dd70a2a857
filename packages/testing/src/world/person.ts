import type { RunRequest } from '@ipvm/store'
import { bob } from '../people.ts'
import type { Court } from './check/court.ts'
import type { RunFacts } from './check/ledger.ts'
import { checkStatus } from './check/status.ts'
import { invokeRun } from './client.ts'
import type { Coverage } from './coverage.ts'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import type { Trace } from './trace.ts'

/** No deadline of a generated workflow is further away, milliseconds. */
const longestMilliseconds = 60_000

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
    if (doubtful && random.chance(0.5)) {
      this.#resolve(doubtful)
      return
    }
    const failed = [...court.ledger.runs.values()].filter(({ end }) => end === 'failed')
    const [runs, type] = random.chance(0.15)
      ? [failed, 'retry' as const]
      : [open, random.weighed({ suspend: 4, resume: 5, cancel: 1, retry: 1 })]
    if (runs.length === 0) return
    const facts = random.pick(runs)
    if (random.chance(0.05)) return void this.#fork(facts)
    if (type !== 'retry') {
      this.#ask(facts, { type })
      return
    }
    const labels = [...facts.settled.values()].filter(({ how }) => how === 'failed').map(({ label }) => label)
    if (labels.length > 0) this.#ask(facts, { type, label: random.pick(labels) })
  }

  /** Looks how some run stands. */
  look(): void {
    const { machine, court, random } = this.#parts
    const open = [...court.ledger.runs.values()].filter(({ end }) => !end)
    const { processes } = machine
    if (open.length === 0 || processes.length === 0) return
    const facts = random.pick(open)
    random
      .pick(processes)
      .runtime.status(facts.start.run, machine.disk.claimed?.name)
      .then(
        status => {
          if ('ok' in status)
            checkStatus(court.judge, facts, status.ok, machine.now, longestMilliseconds + machine.clock.putBack)
          else court.judge.find(`how ${facts.start.name} stands is not told: ${status.error.message}`)
        },
        (fault: unknown) => court.judge.find(`who asked how ${facts.start.name} stands was told ${String(fault)}`),
      )
  }

  /** Does a run of the node's own anew from one of its tasks on. */
  async #fork({ plan, start }: RunFacts): Promise<void> {
    const { random, machine, coverage, trace, court } = this.#parts
    const [process] = machine.processes
    if (!process || plan.submitter.signer !== bob) return
    const invocation = await invokeRun(plan, bob, random.bytes(12))
    const label = random.pick([...plan.tasks.keys()])
    trace.tell('asks', `${process.life.name} to fork ${start.name} from ${label}`)
    const forked = await process.runtime.accept(invocation, { from: { run: start.run, label } })
    coverage.count('forks')
    trace.tell('answer', `${start.name} fork ${'ok' in forked ? 'ok' : forked.error.name}`)
    if ('ok' in forked && !court.ledger.run(forked.ok)) {
      court.judge.find(`a fork of ${start.name} was accepted, and is not on the disk`)
    }
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
    if (said === 'retry') {
      this.#ask(facts, { type: 'retry', label })
      return
    }
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
    if (request.type === 'settle') {
      court.once.settledByHand(facts, label, request.out)
      court.answers.hearPerson(facts.unknown.get(label), request.out)
    }
    coverage.count(`asked to ${request.type}`)
    trace.tell('asks', `${process.life.name} to ${request.type} ${facts.start.name} ${label}`)
    process.runtime.request(facts.start.run, request).then(
      answer =>
        trace.tell('answer', `${facts.start.name} ${request.type} ${'ok' in answer ? 'ok' : answer.error.name}`),
      (fault: unknown) => court.judge.find(`a person who asked to ${request.type} was told ${String(fault)}`),
    )
  }
}
