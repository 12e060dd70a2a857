import type { CID, Result } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import type { TaskConfig } from '../config/config.ts'
import type { Workflow } from '../document/document.ts'
import type { InvalidWorkflow } from '../failure.ts'
import type { NamedTask } from '../graph/tasks.ts'

/** What a command does to the world, which decides about retry, reuse and place (design § Effect classes). */
export type EffectClass = 'pure' | 'query' | 'mutation'

/** What is known of a command before any of its tasks runs. */
export interface CommandTraits {
  readonly class: EffectClass
  /** Whether asking again under the same key does it once; of mutations alone. */
  readonly idempotent: boolean
}

/** A task with its place in the graph of its workflow. */
export interface PlacedTask extends NamedTask, CommandTraits {
  readonly config: TaskConfig
  /** The tasks of this workflow that it awaits, by their places in the layout. */
  readonly awaits: readonly number[]
  /** The tasks of other workflows that it awaits. */
  readonly foreign: readonly CID[]
  /** Whether it awaits, through however many tasks, a mutation of this workflow. */
  readonly afterMutation: boolean
  /** Whether some task of this workflow awaits its error, or how it ended either way: its failure is handled. */
  readonly handled: boolean
  /** Whether it runs only when it is called upon: as a compensation, or in place of another one. */
  readonly standby: boolean
  /** The place of the task that undoes it. */
  readonly compensate?: number
  /** Whether it is secret, or a value of a secret goes into it. */
  readonly secret: boolean
}

/** A workflow's tasks, each after all of this workflow that it awaits. */
export interface Layout {
  readonly tasks: readonly PlacedTask[]
}

/** What a node knows of a command; nothing where it has none of that name. */
export type TraitsOf = (cmd: Command) => CommandTraits | undefined

declare function layOut(workflow: Workflow, traitsOf: TraitsOf): Result<Layout, InvalidWorkflow | UnknownCommand>
declare interface UnknownCommand {
  readonly name: 'UnknownCommand'
  readonly message: string
}
export type { layOut }
