import type { CID, Failure } from '@ipvm/ipld'
import type { InvalidClaim, Refusal } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { InvalidWorkflow, LayoutFailure } from '@ipvm/workflow'
import type { MissingEvent } from '../event/stored.ts'
import type { UnreadableInput } from '../authority/inputs.ts'
import type { MalformedArguments } from '../effect/arguments.ts'

/** The invocation is of another command than the one that runs workflows. */
export interface UnservedCommand extends Failure {
  readonly name: 'UnknownCommand'
}

/** A task's command is one that this node could do, and its owner has not turned on; `path` is the task's. */
export interface EffectOff extends Failure {
  readonly name: 'EffectOff'
  readonly path: string
}

/** A task is secret, and this node has no seal, without which it would have to be written down in the clear. */
export interface NoSeal extends Failure {
  readonly name: 'NoSeal'
  readonly path: string
}

/** The workflow's block is not in the store, or is not what its name says. */
export interface MissingWorkflow extends Failure {
  readonly name: 'MissingWorkflow'
}

/** The same invocation was accepted before. */
export interface Replayed extends Failure {
  readonly name: 'Replayed'
  readonly run: CID
}

/** The invocation is about another agent's resources. */
export interface InvalidSubject extends Failure {
  readonly name: 'InvalidSubject'
}

/** A run cannot be forked so. */
export interface NotForkable extends Failure {
  readonly name: 'NotForkable'
}

/** As many runs wait in line as may. */
export interface Busy extends Failure {
  readonly name: 'Busy'
}

/** Nothing can be written: what runs waits for room, and nothing more is taken on. */
export interface DiskFull extends Failure {
  readonly name: 'StoreFull'
}

/** Why a submission was not accepted. */
export type SubmitFailure =
  | Busy
  | DiskFull
  | EffectOff
  | InvalidSubject
  | Refusal
  | InvalidClaim
  | InvalidWorkflow
  | LayoutFailure
  | MalformedArguments
  | MissingEvent
  | MissingWorkflow
  | NoSeal
  | NotForkable
  | Replayed
  | UnreadableInput
  | UnservedCommand

/** A workflow is run here as this node's work, so the authority asked for is this node's. */
export function aboutAnother(sub: Did, node: Did): InvalidSubject {
  return { name: 'InvalidSubject', message: `the invocation is about ${sub}; a workflow runs here under ${node} alone` }
}

/** The same request came again. */
export function replayed(run: CID): Replayed {
  return { name: 'Replayed', message: `${run} was accepted before; see its run`, run }
}

/** A workflow that cannot be read. */
export function missingWorkflow(cid: CID, problem: string): MissingWorkflow {
  return {
    name: 'MissingWorkflow',
    message: `the workflow ${cid} ${problem}; bring its block here and submit it again`,
  }
}

/** A secret task where nothing seals. */
export function noSeal(label: string): NoSeal {
  const path = `tasks.${label}`
  return { name: 'NoSeal', message: `${path} is secret, and this node seals no secrets; run it on one that does`, path }
}
