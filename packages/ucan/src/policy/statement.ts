import { encodeJson, error, isMap, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { policyDepthMax, policyStatementsMax } from '../limits.ts'
import { isList, numericOf, type Numeric } from './compare.ts'
import { parseGlob, printGlob, type Glob } from './glob.ts'
import { parseSelector, printSelector, type Selector } from './selector.ts'

/** One demand on the arguments of an invocation (UCAN Delegation § Policy). */
export type Statement =
  | Comparison
  | Quantifier
  | { readonly op: 'not'; readonly statement: Statement }
  | { readonly op: 'and' | 'or'; readonly statements: readonly Statement[] }

/** A demand on what a selector finds (§ Equality, Inequality, Glob Matching). */
export type Comparison =
  | { readonly op: '==' | '!='; readonly selector: Selector; readonly value: Value }
  | { readonly op: Ordering; readonly selector: Selector; readonly value: Value; readonly number: Numeric }
  | { readonly op: 'like'; readonly selector: Selector; readonly glob: Glob }

/** A demand on the elements of what a selector finds (§ Quantification). */
export interface Quantifier {
  readonly op: 'all' | 'any'
  readonly selector: Selector
  readonly statement: Statement
}

/** The operators that compare numbers. */
export type Ordering = '<' | '<=' | '>' | '>='

/** All demands of a delegation; every one has to hold. */
export type Policy = readonly Statement[]

/** The value is not a policy; `path` says where, as `pol[0][1]`. */
export interface MalformedPolicy extends Failure {
  readonly name: 'MalformedPolicy'
  readonly path: string
}

/** Reads a policy from its IPLD form. Failure: `MalformedPolicy`; also for an unknown operator at any depth. */
export function parsePolicy(value: Value): Result<Policy, MalformedPolicy> {
  try {
    return ok(new Parser().list(value, 'pol', 1))
  } catch (thrown) {
    if (thrown instanceof Malformed) return error(thrown.failure)
    throw thrown
  }
}

/** Carries a refusal out of the recursion; never leaves this file. */
class Malformed {
  readonly failure: MalformedPolicy

  constructor(path: string, problem: string) {
    this.failure = { name: 'MalformedPolicy', message: `${path} ${problem}`, path }
  }
}

class Parser {
  #statements = 0

  list(value: Value, path: string, depth: number): Statement[] {
    if (!isList(value)) throw new Malformed(path, 'is not a list of statements')
    return value.map((inner, i) => this.statement(inner, `${path}[${i}]`, depth))
  }

  statement(value: Value, path: string, depth: number): Statement {
    this.#statements += 1
    if (this.#statements > policyStatementsMax)
      throw new Malformed(path, `is one over ${policyStatementsMax} statements`)
    if (depth > policyDepthMax) throw new Malformed(path, `is nested deeper than ${policyDepthMax}`)
    if (!isList(value)) throw new Malformed(path, 'is not a statement; a statement is a list such as ["==", ".a", 1]')
    const [op, ...operands] = value
    if (op === 'not' || op === 'and' || op === 'or') return this.#connective(op, operands, path, depth)
    const [text, operand, ...more] = operands
    if (typeof op !== 'string' || !isOperator(op)) throw new Malformed(path, `has the unknown operator ${shown(op)}`)
    if (operand === undefined || more.length > 0)
      throw new Malformed(path, `takes a selector and a value: [${shown(op)}, ".a", …]`)
    const selector = this.#selector(text, path)
    if (op === 'all' || op === 'any') {
      return { op, selector, statement: this.statement(operand, `${path}[2]`, depth + 1) }
    }
    return comparison(op, selector, operand, path)
  }

  #connective(op: 'not' | 'and' | 'or', operands: readonly Value[], path: string, depth: number): Statement {
    const [operand, ...more] = operands
    if (operand === undefined || more.length > 0) throw new Malformed(path, `takes one operand: ["${op}", …]`)
    if (op === 'not') return { op, statement: this.statement(operand, `${path}[1]`, depth + 1) }
    return { op, statements: this.list(operand, `${path}[1]`, depth + 1) }
  }

  #selector(text: Value | undefined, path: string): Selector {
    if (typeof text !== 'string')
      throw new Malformed(`${path}[1]`, 'is not a selector; a selector is text such as ".a"')
    const selector = parseSelector(text)
    if ('error' in selector) throw new Malformed(`${path}[1]`, `is malformed: ${selector.error.message}`)
    return selector.ok
  }
}

type Operator = '==' | '!=' | Ordering | 'like' | 'all' | 'any'

const operators: ReadonlySet<string> = new Set<Operator>(['==', '!=', '<', '<=', '>', '>=', 'like', 'all', 'any'])

function isOperator(op: string): op is Operator {
  return operators.has(op)
}

function comparison(op: Exclude<Operator, 'all' | 'any'>, selector: Selector, value: Value, path: string): Statement {
  if (op === '==' || op === '!=') return { op, selector, value }
  if (op === 'like') {
    if (typeof value !== 'string')
      throw new Malformed(`${path}[2]`, 'is not a pattern; a pattern is text such as "*@example.com"')
    return { op, selector, glob: parseGlob(value) }
  }
  const number = numericOf(value)
  if (number === undefined) throw new Malformed(`${path}[2]`, `is not a number, which ${op} compares`)
  return { op, selector, value, number }
}

function shown(op: Value | undefined): string {
  const text = op === undefined ? 'nothing' : isMap(op) ? '{…}' : encodeJson(isList(op) ? '[…]' : op)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** A policy as an IPLD value; selectors are written so that every implementation reads them. */
export function policyValue(policy: Policy): readonly Value[] {
  return policy.map(statementValue)
}

/** A statement as an IPLD value. */
export function statementValue(statement: Statement): Value {
  const { op } = statement
  switch (op) {
    case 'not':
      return [op, statementValue(statement.statement)]
    case 'and':
    case 'or':
      return [op, statement.statements.map(statementValue)]
    case 'all':
    case 'any':
      return [op, printSelector(statement.selector), statementValue(statement.statement)]
    case 'like':
      return [op, printSelector(statement.selector), printGlob(statement.glob)]
    default:
      return [op, printSelector(statement.selector), statement.value]
  }
}

/** A statement as text, DAG-JSON: `["==",".to","bob"]`. */
export function printStatement(statement: Statement): string {
  return encodeJson(statementValue(statement))
}
