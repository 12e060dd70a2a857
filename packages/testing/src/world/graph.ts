import { cidKey, type CID } from '@ipvm/ipld'
import { promisesIn, taskName } from '@ipvm/ucan'
import type { Compiled, WorkflowTask } from '@ipvm/workflow'
import { mutations, type Intention, type PlannedTask } from './plan.ts'

interface Read {
  readonly label: string
  readonly intention: Intention
  readonly task: WorkflowTask
  readonly name: CID
}

/** Reads the graph of a compiled workflow, by code of its own: what it says is held against what the runtime makes of it. */
export function planTasks(
  { workflow }: Compiled,
  intentions: ReadonlyMap<string, Intention>,
): ReadonlyMap<string, PlannedTask> {
  const tasks = [...intentions].map(([label, intention]): Read => {
    const task = workflow.tasks[label]
    if (!task) throw new Error(`the task ${label} is in the workflow`)
    return { label, intention, task, name: taskName(task) }
  })
  return new Graph(tasks).plan()
}

class Graph {
  readonly #tasks: readonly Read[]
  readonly #sameName: ReadonlyMap<string, readonly Read[]>
  /** The names whose errors are awaited. */
  readonly #handled = new Set<string>()
  readonly #planned = new Map<string, PlannedTask>()

  constructor(tasks: readonly Read[]) {
    this.#tasks = tasks
    this.#sameName = Map.groupBy(tasks, ({ name }) => cidKey(name))
    for (const read of tasks) {
      if (this.#isStandby(read)) continue
      for (const { branch, target } of promisesIn(read.task.args)) {
        if (branch !== 'ok') this.#handled.add(cidKey(target))
      }
    }
  }

  plan(): ReadonlyMap<string, PlannedTask> {
    for (const task of this.#tasks) this.#plan(task)
    return this.#planned
  }

  #plan(read: Read): PlannedTask {
    const { label, intention, task, name } = read
    const known = this.#planned.get(label)
    if (known) return known
    const refs = promisesIn(task.args).map(({ branch, target }) => {
      // Of several labels of one name, the first.
      const awaited = this.#sameName.get(cidKey(target))?.[0]?.label
      return { branch, target, ...(awaited !== undefined && { label: awaited }) }
    })
    // What was meant to be another workflow's task may be one of this, and come later.
    const before = this.#tasks.filter(other => refs.some(ref => ref.label === other.label)).map(it => this.#plan(it))
    const { kind, compensate } = intention
    const planned = {
      ...{ label, kind, task, name, refs, standby: this.#isStandby(read), handled: this.#handled.has(cidKey(name)) },
      ...(compensate !== undefined && { compensate }),
      secret: this.#group(read).some(other => other.intention.secret) || before.some(({ secret }) => secret),
      afterMutation: before.some(other => other.afterMutation || mutations.has(other.kind)),
    }
    this.#planned.set(label, planned)
    return planned
  }

  #isStandby(read: Read): boolean {
    return this.#group(read).every(({ intention }) => intention.standby)
  }

  /** Labels of one name are one task, unless it changes the world: as secret as any, on standby where all of them are. */
  #group(read: Read): readonly Read[] {
    return mutations.has(read.intention.kind) ? [read] : (this.#sameName.get(cidKey(read.name)) ?? [])
  }
}
