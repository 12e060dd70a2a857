import type { Failure } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'

/** A workflow document is not one that can run; `path` is where, such as `tasks.crop.args`. */
export interface InvalidWorkflow extends Failure {
  readonly name: 'InvalidWorkflow'
  readonly path: string
}

/** Tasks of a workflow wait for each other, so none of them could ever run. */
export interface CyclicWorkflow extends Failure {
  readonly name: 'CyclicWorkflow'
  /** The labels along the cycle; the first one is also the last. */
  readonly cycle: readonly string[]
}

/** A task's command is one that this node does not have; `path` is the task's. */
export interface UnknownCommand extends Failure {
  readonly name: 'UnknownCommand'
  readonly path: string
  readonly cmd: Command
}

/** The value of a secret would go into an effect that does not say what it does with secrets; `path` is the effect's. */
export interface SecretLeak extends Failure {
  readonly name: 'SecretLeak'
  readonly path: string
}

/** The failure of one place in a document. */
export function invalidWorkflow(path: string, problem: string): InvalidWorkflow {
  return { name: 'InvalidWorkflow', message: path === '' ? problem : `${path}: ${problem}`, path }
}

/** The failure of a field that is not there in the format, with the names that are. */
export function unknownField(path: string, field: string, known: readonly string[]): InvalidWorkflow {
  const where = path === '' ? field : `${path}.${field}`
  return invalidWorkflow(where, `unknown field; known here: ${known.join(', ')}`)
}
