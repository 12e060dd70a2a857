import { cidKey, type CID } from '@ipvm/ipld'
import type { EffectOutcome } from '@ipvm/runtime'
import type { Change } from '@ipvm/store'
import type { Call, Witness } from '../effects.ts'
import { grownId } from '../growth.ts'
import { mutations, type Plan } from '../plan.ts'
import type { Services } from '../services.ts'
import type { Submitter } from '../submitters.ts'
import { Answers } from './answers.ts'
import { checkJournal } from './journal.ts'
import { Judge } from './judge.ts'
import { Ledger, type RunFacts } from './ledger.ts'
import { MemoCheck } from './memo.ts'
import { nameOfCall, OnceCheck } from './once.ts'
import { OutcomeCheck } from './outcome.ts'
import { checkRelease } from './release.ts'
import { checkSecrets } from './secrets.ts'

const commandsOfMutations: ReadonlySet<string> = new Set([...mutations].map(kind => `/sim/${kind}`))

/** How long it may be since it was judged whether something may be done: the disk may be slow to have the intent. */
const judgedMilliseconds = 15_000

/** All checkers, and what they look at: each change when it is on the disk, and each call of the world when it is made. */
export class Court implements Witness {
  readonly judge = new Judge()
  readonly answers = new Answers()
  readonly ledger: Ledger
  readonly once: OnceCheck
  readonly #memo: MemoCheck
  readonly #outcome: OutcomeCheck
  readonly #now: () => number
  readonly #askers: ReadonlyMap<string, readonly Submitter[]>
  readonly #submitters: readonly Submitter[]

  constructor(plans: readonly Plan[], services: Services, now: () => number) {
    this.#now = now
    this.ledger = new Ledger(new Map(plans.map(plan => [cidKey(plan.compiled.document.cid), plan])), now)
    this.once = new OnceCheck(this.judge, this.ledger, services)
    this.#memo = new MemoCheck(this.judge, this.ledger)
    this.#outcome = new OutcomeCheck(this.judge, this.ledger, this.answers)
    this.#askers = askersByTask(plans)
    this.#submitters = [...new Set(plans.map(({ submitter }) => submitter))]
  }

  committed(change: Change): void {
    checkJournal(this.judge, this.ledger, change)
    this.ledger.commit(change)
    this.#memo.committed(change)
    checkSecrets(this.judge, this.ledger, change)
    for (const receipt of change.receipts ?? []) this.once.received(receipt)
    for (const { run, event } of change.journal ?? []) {
      const facts = event.type === 'ended' ? this.ledger.run(run) : undefined
      if (facts?.end) this.#outcome.ended(facts)
      if (event.type === 'settled' && change.kv) this.#checkKept(run, event.label)
    }
  }

  #checkKept(run: CID, label: string): void {
    const facts = this.ledger.run(run)
    if (facts) checkRelease(this.judge, facts, label)
  }

  called(call: Call): void {
    const { args, cmd } = call
    const revoked = this.ledger.revokedSince(judgedMilliseconds)
    const askers = String(args.id).startsWith(grownId) ? this.#submitters : this.#askers.get(String(args.id))
    const may = askers?.some(submitter => submitter.may(cmd, args, revoked))
    if (!may) this.judge.find(`${nameOfCall(call)} was asked for, and nobody who asks for it may`)
    if (!commandsOfMutations.has(cmd)) return
    this.once.called(call)
    const intent = this.ledger.intents.get(cidKey(call.context.task))
    const facts = intent && this.ledger.run(intent.run)
    // What is done together with its receipt is looked at when that is on the disk.
    if (!facts) return
    checkRelease(this.judge, facts, nameOfCall(call))
    const { submitter } = facts.plan
    if (!submitter.may(cmd, args, revoked)) {
      this.judge.find(`${nameOfCall(call)} was asked for, and ${submitter.name} may not have it done`)
    }
  }

  answered(call: Call, outcome: EffectOutcome): void {
    this.answers.hear(call.context.task, outcome)
    if (commandsOfMutations.has(call.cmd)) this.once.answered(call, outcome)
  }

  probed(call: Call, outcome: EffectOutcome): void {
    this.answers.hear(call.context.task, outcome)
    this.once.probed(call, outcome)
  }

  /**
   * Nothing goes wrong any more: whatever has not ended goes on, or waits for a person. No deadline of a task is longer than
   * `milliseconds`.
   */
  checkRest(milliseconds: number): void {
    const since = this.#now() - milliseconds
    for (const facts of this.ledger.runs.values()) {
      const isParked = facts.journal.at(-1)?.event.type === 'parked'
      if (!facts.end && !facts.suspended && !isParked && facts.moved < since) this.judge.find(this.describeStuck(facts))
    }
  }

  /** A run that does not go on, and what of it is left to do. */
  describeStuck({ plan, tasks, settled, journal }: RunFacts): string {
    const open = [...tasks.keys()].filter(label => !settled.has(label))
    const last = journal.at(-1)?.event.type ?? 'accepted'
    return `${plan.compiled.workflow.name} does not go on after "${last}"; not settled: ${open.join(', ')}`
  }

  /** What can be said only when all is over. */
  finish(): void {
    if (this.judge.verdict === undefined) this.once.finish()
  }
}

/** Who asks for what, by what its arguments say that it is. */
function askersByTask(plans: readonly Plan[]): ReadonlyMap<string, readonly Submitter[]> {
  const askers = new Map<string, Submitter[]>()
  for (const { tasks, submitter } of plans) {
    for (const { task } of tasks.values()) {
      if (typeof task.args.id !== 'string') continue
      const known = askers.get(task.args.id)
      if (!known) askers.set(task.args.id, [submitter])
      else if (!known.includes(submitter)) known.push(submitter)
    }
  }
  return askers
}
