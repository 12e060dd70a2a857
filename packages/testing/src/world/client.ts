import { invoke, type Invocation } from '@ipvm/ucan'
import type { CID } from '@ipvm/ipld'
import { StoreError } from '@ipvm/store'
import type { Signer } from '@ipvm/varsig'
import { bob } from '../people.ts'
import type { Court } from './check/court.ts'
import type { Coverage } from './coverage.ts'
import type { Process } from './machine.ts'
import type { Plan } from './plan.ts'
import type { Random } from './random.ts'
import { refusalsOf } from './refusals.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'

/** What a client is made of. */
export interface ClientParts {
  readonly plan: Plan
  readonly court: Court
  readonly coverage: Coverage
  readonly time: VirtualTime
  readonly trace: Trace
  readonly random: Random
  /** Whether it signs as the node, which it must not. */
  readonly isNode: boolean
}

/** Someone who submits a workflow, again until it hears that it was taken, and then may follow what becomes of it. */
export class Client {
  readonly plan: Plan
  readonly #parts: ClientParts
  readonly #follows: boolean
  #invocation: Invocation | undefined
  /** Whether it is time to submit, and nobody has answered yet. */
  #isWaiting = false
  #run: CID | undefined
  /** The number of the last entry that it was told of, and who tells it. */
  #told = 0
  #teller: Process | undefined

  constructor(parts: ClientParts) {
    this.plan = parts.plan
    this.#parts = parts
    this.#follows = parts.random.chance(0.4)
  }

  /** Whether it waits for an answer. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  get run(): CID | undefined {
    return this.#run
  }

  /** It is time to submit. */
  begin(process: Process | undefined): void {
    this.#isWaiting = true
    if (process) this.resume(process)
  }

  /** A process is there that can be asked. */
  resume(process: Process): void {
    if (this.#isWaiting) void this.#guarded(this.#submit(process))
    else if (this.#run && this.#follows) void this.#guarded(this.#follow(process, this.#run))
  }

  async #guarded(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (fault) {
      this.#parts.court.judge.find(`a client of ${this.#name} was told ${String(fault)}`)
    }
  }

  async #submit(process: Process): Promise<void> {
    const { plan } = this
    const { court, trace, coverage } = this.#parts
    const { document, blocks } = plan.compiled
    const proofs = plan.submitter.delegations.map(({ envelope }) => envelope)
    const invocation = await this.#invoke()
    try {
      await process.store.commit({ blocks: [document, ...blocks, ...proofs] })
    } catch (fault) {
      if (!(fault instanceof StoreError) || fault.name !== 'StoreFull') throw fault
      return this.#later(process)
    }
    const mustRefuse = this.#refusals().length > 0
    const accepted = await process.runtime.accept(invocation, { delegations: plan.submitter.delegations })
    if ('error' in accepted && (accepted.error.name === 'StoreFull' || accepted.error.name === 'Busy')) {
      coverage.count(`refused ${accepted.error.name}`)
      return this.#later(process)
    }
    if (!this.#isWaiting) return
    this.#isWaiting = false
    const name = 'ok' in accepted ? 'ok' : accepted.error.name
    trace.tell('answer', `${this.#name} ${name}`)
    if (name !== 'ok' && name !== 'Replayed')
      return this.#refused(name, 'error' in accepted ? accepted.error.message : '')
    if (mustRefuse && name === 'ok') court.judge.find(`${this.#name} was accepted, and had to be refused`)
    this.#run = invocation.envelope.cid
    if (!court.ledger.run(this.#run)) court.judge.find(`${this.#name} was accepted, and is not on the disk`)
    if (this.#follows) await this.#follow(process, this.#run)
  }

  #refused(name: string, message: string): void {
    const { court, coverage } = this.#parts
    coverage.count(`refused ${name}`)
    const refusals = this.#refusals()
    if (!refusals.includes(name)) {
      court.judge.find(
        `${this.#name} was refused (${name}: ${message}), and had to be ${refusals.join(' or ') || 'accepted'}`,
      )
    }
    if ([...court.ledger.runs.values()].some(({ plan }) => plan === this.plan)) {
      court.judge.find(`${this.#name} was refused, and is on the disk`)
    }
  }

  /** Why it has to be refused, as the rights are now. */
  #refusals(): readonly string[] {
    return refusalsOf(this.plan.tasks, this.plan.submitter, this.#parts.court.ledger.revokedSince(0))
  }

  #later(process: Process): void {
    const { time } = this.#parts
    time.after(500, () => {
      if (process.life.alive) this.resume(process)
    })
  }

  async #follow(process: Process, run: CID): Promise<void> {
    if (this.#teller?.life.alive) return
    this.#teller = process
    for await (const { seq, type } of process.runtime.follow(run, { after: this.#told })) {
      const { court } = this.#parts
      const facts = court.ledger.run(run)
      const entry = facts?.journal[seq - 1]
      if (seq !== this.#told + 1) court.judge.find(`who follows ${this.#name} was told of ${seq} after ${this.#told}`)
      if (entry?.event.type !== type)
        court.judge.find(`who follows ${this.#name} was told of ${type}, which is not on the disk`)
      this.#told = seq
    }
    this.#teller = undefined
    if (!this.#parts.court.ledger.run(run)?.end) {
      this.#parts.court.judge.find(`who follows ${this.#name} was told that it ended, and it has not`)
    }
  }

  /** The same invocation, however often it is sent. */
  async #invoke(): Promise<Invocation> {
    const signer = this.#parts.isNode ? bob : this.plan.submitter.signer
    this.#invocation ??= await invokeRun(this.plan, signer, new Uint8Array(12).fill(this.plan.number + 1))
    return this.#invocation
  }

  get #name(): string {
    return this.plan.compiled.workflow.name ?? ''
  }
}

/** Asks to run a workflow, as its submitter; or as the node, which needs no proofs. */
export function invokeRun({ submitter, compiled }: Plan, signer: Signer, nonce: Uint8Array): Promise<Invocation> {
  const args = { workflow: compiled.document.cid }
  const prf = signer === bob ? [] : submitter.proofs
  return invoke({ sub: bob.did, cmd: '/workflow/run', args, prf, nonce, exp: null }, signer)
}
