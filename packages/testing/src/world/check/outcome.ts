import { cidKey, isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { isLink, mapPromises, taskValue, type Outcome, type Receipt } from '@ipvm/ucan'
import type { TaskRecord } from '@ipvm/store'
import { evaluate, fingerprint, moduleOfFunctions } from '../functions.ts'
import { growthOf, isGranted, type Growth } from '../growth.ts'
import type { Kind, PlannedTask } from '../plan.ts'
import { unauthorised } from '../refusals.ts'
import type { Answers } from './answers.ts'
import type { Judge } from './judge.ts'
import type { Ledger, RunFacts } from './ledger.ts'

/** Holds what became of a run that has ended against what its workflow says: each task by what went into it. */
export class OutcomeCheck {
  readonly #judge: Judge
  readonly #ledger: Ledger
  readonly #answers: Answers

  constructor(judge: Judge, ledger: Ledger, answers: Answers) {
    this.#judge = judge
    this.#ledger = ledger
    this.#answers = answers
  }

  ended(facts: RunFacts): void {
    const { plan, settled, end } = facts
    const name = plan.compiled.workflow.name
    let failures = 0
    for (const task of facts.tasks.values()) {
      const record = settled.get(task.label)
      const receipt = record && this.#ledger.receipt(record.receipt)
      if (!record && end !== 'cancelled') this.#judge.find(`${name} ended ${end}, and ${task.label} was not settled`)
      if (record && !receipt) this.#judge.find(`${name}: ${task.label} is settled by a receipt that is not on the disk`)
      if (!record || !receipt) continue
      if (record.how === 'failed' && !task.handled) failures += 1
      const problem = this.#problem(facts, task, record, receipt)
      if (problem) {
        this.#judge.find(`${name}: ${task.label} is ${record.how} with ${JSON.stringify(receipt.out)}, but ${problem}`)
      }
    }
    if (end === 'ok' && failures > 0) this.#judge.find(`${name} ended ok, and ${failures} of its tasks failed`)
    if (end === 'failed' && failures === 0) this.#judge.find(`${name} ended failed, and none of its tasks failed`)
  }

  #problem(facts: RunFacts, task: PlannedTask, { how }: TaskRecord, receipt: Receipt): string | undefined {
    const { out } = receipt
    if (this.#answers.saidByPerson(receipt.as ?? receipt.ran, out)) return undefined
    const args = this.#resolved(facts, task)
    const may = args && isMap(args) ? facts.plan.submitter.may(task.task.cmd, args) : undefined
    const growth = args && isMap(args) ? growthOf(args) : undefined
    switch (how) {
      case 'ran':
      case 'reused':
        if (!('ok' in out)) return 'that is an error'
        if (growth && isMap(args)) return this.#wrongGrowth(facts, task, args, receipt)
        if (args === 'missed') return 'a branch that it awaits was not taken'
        if (may === false) return `${facts.plan.submitter.name} may not have that done`
        return this.#mismatch(task.kind, args, receipt)
      case 'failed':
        if ('ok' in out) return 'that is no error'
        if (growth && this.#mayFail(facts, task, growth, receipt)) return undefined
        return this.#wrongFailure(facts, task, args, may, receipt)
      case 'skipped':
        if (growth && this.#isJoined(facts, task, receipt)) return undefined
        if (isError(out, 'NotNeeded')) return task.standby ? undefined : 'it does not stand by'
        if (!isError(out, 'BranchMismatch')) return 'that is no reason to skip it'
        return isMap(args) ? 'every branch that it awaits was taken' : undefined
      case 'withdrawn':
        if (growth && this.#isJoined(facts, task, receipt)) return undefined
        if (!isError(out, 'Withdrawn')) return 'that is no withdrawal'
        return facts.intended.has(task.label) ? 'an intent of it was written' : undefined
      case 'caught':
        return this.#wrongRescue(facts)
    }
  }

  /** A function that asked for more has asked for what it does, and gives what it does, or what goes on in its place. */
  #wrongGrowth(facts: RunFacts, task: PlannedTask, args: ValueMap, receipt: Receipt): string | undefined {
    const own = this.#asked(facts, task)
    const growth = growthOf(args)
    if (!growth) return undefined
    if (!own?.fx) return 'it asked for nothing'
    if (fingerprint(effectsValue(own.fx)) !== fingerprint(effectsValue(growth))) return 'it asked for something else'
    if (own.exp !== null || fingerprint(own.out) !== fingerprint(evaluate(args))) return 'what it gave is not its own'
    if (growth.join)
      return this.#isJoined(facts, task, receipt) ? undefined : 'what goes on in its place gives something else'
    return fingerprint(own.out) === fingerprint(receipt.out) ? undefined : 'it gives something else'
  }

  /** Whether a function may fail that asks for more: some of it is not granted, or not allowed, or goes on in its place and fails. */
  #mayFail(facts: RunFacts, task: PlannedTask, growth: Growth, receipt: Receipt): boolean {
    if (this.#isJoined(facts, task, receipt)) return true
    const name = 'error' in receipt.out ? receipt.out.error.name : ''
    const all = [...growth.fork, ...(growth.join ? [growth.join] : [])]
    if (name === 'FxNotGranted') return all.some(asked => !isGranted(asked))
    const { submitter } = facts.plan
    const isCurtailed = submitter.delegations.some(proof => this.#ledger.revoked.has(proof))
    if (unauthorised.includes(name))
      return isCurtailed || all.some(({ cmd, args }) => submitter.may(cmd, args) === false)
    return name === 'SecretLeak' && task.secret
  }

  /** Whether a task is settled as the one that goes on in its place. */
  #isJoined(facts: RunFacts, task: PlannedTask, { out, exp }: Receipt): boolean {
    const label = this.#askerOf(facts, task)
    const join = label === undefined ? undefined : facts.settled.get(`${label}/join`)
    const other = join && this.#ledger.receipt(join.receipt)?.out
    return other !== undefined && exp !== null && fingerprint(other) === fingerprint(out)
  }

  #asked(facts: RunFacts, task: PlannedTask): Receipt | undefined {
    const label = this.#askerOf(facts, task)
    return label === undefined ? undefined : facts.asked.get(label)
  }

  /** The label under which a task asked: of several labels of one name, one. */
  #askerOf({ asked, tasks }: RunFacts, { label: own, name }: PlannedTask): string | undefined {
    if (asked.has(own)) return own
    const isBeside = (label: string) => groupOf(label) === groupOf(own)
    return [...asked.keys()].find(label => isBeside(label) && tasks.get(label)?.name.equals(name))
  }

  /** What went into a task; `missed` where a branch that it awaits was not taken; nothing where it cannot be told. */
  #resolved(facts: RunFacts, { task, refs }: PlannedTask): ValueMap | 'missed' | undefined {
    const outcomes = new Map<string, Outcome>()
    for (const { label, target, branch } of refs) {
      const out = label === undefined ? this.#foreign(target) : this.#outcome(facts, label)
      if (!out) return undefined
      if (branch !== '*' && !(branch in out)) return 'missed'
      outcomes.set(cidKey(target), out)
    }
    const args = mapPromises(task.args, isLink, ({ branch, target }) => {
      const out = outcomes.get(cidKey(target))
      if (!out) return null
      return branch === '*' ? { ...out } : 'ok' in out ? out.ok : out.error
    })
    return isMap(args) ? args : undefined
  }

  #outcome(facts: RunFacts, label: string): Outcome | undefined {
    const record = facts.settled.get(label)
    return record && this.#ledger.receipt(record.receipt)?.out
  }

  /** Of another workflow's task, where it has an outcome for good. */
  #foreign(target: CID): Outcome | undefined {
    const receipts = (this.#ledger.receiptsFor.get(cidKey(target)) ?? []).filter(({ exp }) => exp === null)
    const outcomes = new Set(receipts.map(({ out }) => fingerprint(out)))
    return outcomes.size === 1 ? receipts[0]?.out : undefined
  }

  #mismatch(kind: Kind, args: ValueMap | undefined, receipt: Receipt): string | undefined {
    if (kind === 'guest') {
      const expected = args && evaluate(args)
      return !expected || fingerprint(expected) === fingerprint(receipt.out)
        ? undefined
        : `of these arguments comes ${JSON.stringify(expected)}`
    }
    const value = 'ok' in receipt.out ? receipt.out.ok : null
    return this.#answers.saidValue(receipt.as ?? receipt.ran, value) ? undefined : 'nobody has said so'
  }

  #wrongFailure(
    { plan }: RunFacts,
    { kind, refs }: PlannedTask,
    args: ValueMap | 'missed' | undefined,
    may: boolean | undefined,
    receipt: Receipt,
  ): string | undefined {
    const name = 'error' in receipt.out ? receipt.out.error.name : ''
    const isCurtailed = plan.submitter.delegations.some(proof => this.#ledger.revoked.has(proof))
    // A handler may have put any other failure in its place.
    if (plan.handler !== undefined && receipt.exp !== null) return undefined
    if (unauthorised.includes(name)) return may === true && !isCurtailed ? 'it may be done' : undefined
    // What others keep secret does not go into what is not.
    if (name === 'UnknownTask' || name === 'SecretLeak')
      return refs.some(({ label }) => label === undefined) ? undefined : 'it awaits no other'
    if (args === 'missed') return 'a branch that it awaits was not taken'
    if (may === false) return 'it may not be done'
    if (receipt.exp !== null) return undefined
    if (kind === 'guest') return this.#mismatch(kind, args, receipt)
    return this.#answers.saidError(receipt.as ?? receipt.ran, name) ? undefined : 'nobody has said so'
  }

  #wrongRescue({ plan }: RunFacts): string | undefined {
    if (plan.handler === undefined) return 'the workflow has no handler'
    const args = { mod: moduleOfFunctions, fun: plan.handler, params: [] }
    return plan.submitter.may('/wasm/run', args) ? undefined : `${plan.submitter.name} may not have the handler run`
  }
}

function isError(out: Outcome, name: string): boolean {
  return 'error' in out && out.error.name === name
}

function effectsValue({ fork, join }: Growth): Value {
  return [...fork, ...(join ? [join] : [])].map(task => taskValue(task))
}

/** Who asked for a task; nobody, where it is in the document. */
function groupOf(label: string): string {
  return label.match(/^(.*)\/(?:fork\/\d+|join)$/)?.[1] ?? ''
}
