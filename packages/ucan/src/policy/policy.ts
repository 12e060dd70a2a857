/** Policies: what a delegation demands of the arguments (UCAN Delegation § Policy). */
export { Budget } from './budget.ts'
export { evaluatePolicy, openPromises, type Evaluation, type Explanation, type Verdict } from './evaluate.ts'
export { matchesGlob, parseGlob, printGlob, type Glob } from './glob.ts'
export { evaluateSelector, select, type Selected } from './select.ts'
export { parseSelector, printSelector, type MalformedSelector, type Segment, type Selector } from './selector.ts'
export {
  parsePolicy,
  policyValue,
  printStatement,
  statementValue,
  type MalformedPolicy,
  type Policy,
  type Statement,
} from './statement.ts'
