import { cidKey, type CID } from '@ipvm/ipld'
import { promisesIn, taskName, type Branch, type Command } from '@ipvm/ucan'
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

/** Reads the graph of a compiled workflow, apart from the code that is being tested. Each task comes after all that it awaits. */
export function planTasks(
  { workflow }: Compiled,
  intentions: ReadonlyMap<string, Intention>,
): ReadonlyMap<string, PlannedTask> {
  const read = [...intentions].map(([label, intention]) => {
    const task = workflow.tasks[label]
    if (!task) throw new Error(`the task ${label} is in the workflow`)
    return { label, intention, task, name: taskName(task) }
  })
  // Labels of one name are one task where it changes nothing: as secret as any of them, on standby where all of them are.
  const same = Map.groupBy(read, ({ name }) => cidKey(name))
  const group = ({ name, label, intention }: (typeof read)[number]) =>
    (same.get(cidKey(name)) ?? []).filter(other => other.label === label || !mutations.has(intention.kind))
  const isStandby = (task: (typeof read)[number]) => group(task).every(({ intention }) => intention.standby)
  const labels = new Map(read.toReversed().map(({ label, name }) => [cidKey(name), label]))
  const handled = new Set<string>()
  for (const task of read) {
    if (isStandby(task)) continue
    for (const { branch, target } of promisesIn(task.task.args)) if (branch !== 'ok') handled.add(cidKey(target))
  }
  const planned = new Map<string, PlannedTask>()
  const plan = (entry: (typeof read)[number]): PlannedTask => {
    const { label, intention, task, name } = entry
    const known = planned.get(label)
    if (known) return known
    const refs = promisesIn(task.args).map(({ branch, target }) => {
      const awaited = labels.get(cidKey(target))
      return { branch, target, ...(awaited !== undefined && { label: awaited }) }
    })
    // What was meant to be another workflow's task may be one of this, and come later.
    const before = read.filter(other => refs.some(ref => ref.label === other.label)).map(plan)
    const made = {
      ...{
        label,
        task,
        name,
        refs,
        kind: intention.kind,
        standby: isStandby(entry),
        handled: handled.has(cidKey(name)),
      },
      ...(intention.compensate !== undefined && { compensate: intention.compensate }),
      secret: group(entry).some(({ intention }) => intention.secret) || before.some(({ secret }) => secret),
      afterMutation: before.some(({ afterMutation, kind }) => afterMutation || mutations.has(kind)),
    }
    planned.set(label, made)
    return made
  }
  for (const entry of read) plan(entry)
  return planned
}
