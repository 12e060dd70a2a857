import { isMap, type Value } from '@ipvm/ipld'
import { isPromiseMap } from '../promise/promise.ts'
import { policyStepsMax } from '../limits.ts'
import { Budget } from './budget.ts'
import { isEqual, isList, numericOf, type Numeric } from './compare.ts'
import { matchesGlob } from './glob.ts'
import { select, type OpenPromises, type Selected } from './select.ts'
import { printSelector, type Selector } from './selector.ts'
import {
  printStatement,
  type Comparison,
  type Ordering,
  type Policy,
  type Quantifier,
  type Statement,
} from './statement.ts'

/** What came of evaluating a policy. */
export type Verdict =
  | { readonly holds: true }
  /** Whether it holds depends on a promise that is still open. */
  | { readonly holds: 'pending' }
  | { readonly holds: false; readonly because: Explanation }

/** Why a policy does not hold. */
export interface Explanation {
  /** Where the statement stands: `pol[1]`, or deeper inside. */
  readonly path: string
  /** The innermost statement that decided, as text. */
  readonly statement: string
  readonly selector?: string
  /** What the selector found; absent where it found nothing. Arguments may be confidential: think before logging it. */
  readonly value?: Value
  /** One clause for a person; no value of an argument is in it. */
  readonly problem: string
}

/** Where and with what an evaluation goes on. */
export interface Evaluation {
  /** What all policies of one chain may cost together. */
  readonly budget?: Budget
  /** The maps and lists in which a promise is open: {@link openPromises}. Without it, all is data. */
  readonly pending?: OpenPromises
}

/** Three-valued: `undefined` where a selector cannot be followed, or ends in an open promise (ADR 25). */
type Truth = boolean | undefined

/**
 * Whether arguments satisfy a policy (UCAN Delegation § Policy). Linear in arguments and policy, and bounded by
 * `policyStepsMax` besides; what cannot be decided within it does not hold.
 */
export function evaluatePolicy(policy: Policy, args: Value, evaluation: Evaluation = {}): Verdict {
  const { budget = new Budget(policyStepsMax), pending } = evaluation
  let waits = false
  const run = new Run(budget, pending)
  for (const [i, statement] of policy.entries()) {
    run.metPromise = false
    const truth = run.truth(statement, args)
    if (budget.isSpent) return { holds: false, because: tooExpensive(statement, i) }
    if (truth === true) continue
    // A statement that a promise may still turn true is not held against the invocation yet.
    if (truth === undefined && run.metPromise) waits = true
    else return { holds: false, because: explain(statement, args, `pol[${i}]`, new Run(new Budget(policyStepsMax))) }
  }
  return waits ? { holds: 'pending' } : { holds: true }
}

/** Every map and list of a value in which a promise is open, the promises themselves included. */
export function openPromises(value: Value): ReadonlySet<object> {
  const found = new Set<object>()
  collect(value, found)
  return found
}

function collect(value: Value, found: Set<object>): boolean {
  if (!isList(value) && !isMap(value)) return false
  const inner = isList(value) ? value : Object.values(value)
  let holds = isPromiseMap(value)
  for (const element of inner) holds = collect(element, found) || holds
  if (holds) found.add(value)
  return holds
}

/** An evaluation, and whether it has met an open promise. */
class Run {
  metPromise = false
  readonly #budget: Budget
  readonly #pending: OpenPromises | undefined

  constructor(budget: Budget, pending?: OpenPromises) {
    this.#budget = budget
    this.#pending = pending
  }

  select(selector: Selector, from: Value): Selected {
    const found = select(selector, from, this.#budget, this.#pending)
    if (found === 'pending') this.metPromise = true
    return found
  }

  truth(statement: Statement, from: Value): Truth {
    if (!this.#budget.spend()) return undefined
    switch (statement.op) {
      case 'not': {
        const inner = this.truth(statement.statement, from)
        return inner === undefined ? undefined : !inner
      }
      case 'and':
        return decide(statement.statements, inner => this.truth(inner, from), false)
      case 'or':
        return statement.statements.length === 0 || decide(statement.statements, inner => this.truth(inner, from), true)
      case 'all':
      case 'any':
        return this.#quantifier(statement, from)
      default:
        return this.#comparison(statement, from)
    }
  }

  #comparison(statement: Comparison, from: Value): Truth {
    const found = this.select(statement.selector, from)
    if (typeof found === 'string') return undefined
    const { value } = found
    switch (statement.op) {
      case '==':
        return isEqual(statement.value, value, this.#budget)
      case '!=':
        return !isEqual(statement.value, value, this.#budget)
      case 'like':
        if (typeof value !== 'string' || !this.#budget.spend((value.length >> 3) + statement.glob.length)) return false
        return matchesGlob(statement.glob, value)
      default: {
        const number = numericOf(value)
        return number !== undefined && isOrdered(statement.op, number, statement.number)
      }
    }
  }

  #quantifier({ op, selector, statement }: Quantifier, from: Value): Truth {
    const found = this.#elements(selector, from)
    if (found === undefined || found === false) return found
    return decide(found, element => this.truth(statement, element), op === 'any')
  }

  /** What a quantifier runs over; false where it is no collection. An open promise inside is met by its element. */
  #elements(selector: Selector, from: Value): readonly Value[] | false | undefined {
    const found = select(selector, from, this.#budget, this.#pending && promisesAmong(this.#pending))
    if (found === 'pending') this.metPromise = true
    if (typeof found === 'string') return undefined
    const elements = elementsOf(found.value)
    // A map is counted by being listed: what that took is paid for before it is taken again.
    if (elements && !this.#budget.spend(elements.length >> 2)) return undefined
    return elements
  }
}

/** Only the promises themselves: a list that holds one somewhere can be run over. */
function promisesAmong(pending: OpenPromises): OpenPromises {
  return { has: value => pending.has(value) && isMap(value) && isPromiseMap(value) }
}

function elementsOf(value: Value): readonly Value[] | false {
  if (isList(value)) return value
  return isMap(value) && Object.values(value)
}

/** Kleene's "some are `wanted`" where `wanted` is true, "all are" where it is false. */
function decide<T>(of: readonly T[], truth: (inner: T) => Truth, wanted: boolean): Truth {
  let isKnown = true
  for (const inner of of) {
    const found = truth(inner)
    if (found === wanted) return wanted
    if (found === undefined) isKnown = false
  }
  return isKnown ? !wanted : undefined
}

function isOrdered(op: Ordering, a: Numeric, b: Numeric): boolean {
  switch (op) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}

/** Descends to the innermost statement that decided: the first of an `and`, the element of an `all`. */
function explain(statement: Statement, from: Value, path: string, run: Run): Explanation {
  if (statement.op === 'and') {
    const i = statement.statements.findIndex(inner => run.truth(inner, from) !== true)
    const inner = statement.statements[i]
    if (inner) return explain(inner, from, `${path}[1][${i}]`, run)
  }
  if (statement.op === 'all') {
    const found = run.select(statement.selector, from)
    const elements = typeof found !== 'string' && elementsOf(found.value)
    const failing = elements ? elements.findIndex(element => run.truth(statement.statement, element) !== true) : -1
    if (elements && failing !== -1) return explain(statement.statement, elements[failing] ?? null, `${path}[2]`, run)
  }
  const text = abbreviate(printStatement(statement))
  if (!('selector' in statement)) return { path, statement: text, problem: `${path} ${text} does not hold` }
  const selector = printSelector(statement.selector)
  const found = run.select(statement.selector, from)
  if (typeof found === 'string') {
    return { path, statement: text, selector, problem: `${path} ${text} cannot hold: nothing is at ${selector}` }
  }
  return { path, statement: text, selector, value: found.value, problem: `${path} ${text} does not hold` }
}

function tooExpensive(statement: Statement, i: number): Explanation {
  const text = abbreviate(printStatement(statement))
  const problem = `pol[${i}] ${text} takes more than ${policyStepsMax} steps to decide`
  return { path: `pol[${i}]`, statement: text, problem }
}

function abbreviate(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
