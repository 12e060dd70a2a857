import type { CID } from '@ipvm/ipld'
import type { Branch, Command } from '@ipvm/ucan'
import type { Compiled, WorkflowTask } from '@ipvm/workflow'
import type { Submitter } from './submitters.ts'

/** What a task does to the world, by the word that its command ends in. */
export type Kind = 'guest' | 'read' | 'vault' | 'put' | 'post' | 'pay' | 'keep'

/** The command of each kind. */
export const commandOf: Readonly<Record<Kind, Command>> = {
  guest: '/wasm/run',
  read: '/sim/read',
  vault: '/sim/vault',
  put: '/sim/put',
  post: '/sim/post',
  pay: '/sim/pay',
  keep: '/sim/keep',
}

/** The kinds that change the world. */
export const mutations: ReadonlySet<Kind> = new Set<Kind>(['put', 'post', 'pay', 'keep'])

/** What a task awaits. */
export interface Ref {
  readonly branch: Branch
  readonly target: CID
  /** The label in the same workflow; absent where it is another workflow's. */
  readonly label?: string
}

/** A task as it was meant, which is what a checker judges by. */
export interface PlannedTask {
  readonly label: string
  readonly kind: Kind
  readonly task: WorkflowTask
  readonly name: CID
  readonly refs: readonly Ref[]
  readonly standby: boolean
  /** The label of the task that undoes it. */
  readonly compensate?: string
  /** Whether it, or whatever goes into it, is secret. */
  readonly secret: boolean
  /** Whether it awaits a mutation, through however many tasks. */
  readonly afterMutation: boolean
  /** Whether some task that runs by itself awaits its error or how it ended. */
  readonly handled: boolean
}

/** What the generator says of a task beside its arguments. */
export interface Intention {
  readonly kind: Kind
  readonly standby?: boolean
  readonly compensate?: string
  readonly secret?: boolean
}

/** A workflow as it was meant. */
export interface Plan {
  readonly number: number
  readonly compiled: Compiled
  readonly submitter: Submitter
  readonly tasks: ReadonlyMap<string, PlannedTask>
  /** The function that handles failures, where there is one. */
  readonly handler?: string
  /** The names of the failures with which it has to be refused; it has to be accepted where there is none. */
  readonly refusals: readonly string[]
}
