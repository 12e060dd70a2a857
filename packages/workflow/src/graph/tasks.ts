import { cidKey, type CID } from '@ipvm/ipld'
import { promisesIn, type Await } from '@ipvm/ucan'
import type { Workflow, WorkflowTask } from '../document/document.ts'
import { nameOfTask } from './name.ts'
import { dependencyOrder } from './order.ts'

/** A task of a workflow, with its label and its name. */
export interface NamedTask {
  readonly label: string
  readonly name: CID
  readonly task: WorkflowTask
}

/** A task with the promises in its arguments; names come with their keys, since there are thousands to be looked up. */
export interface AwaitingTask extends NamedTask {
  readonly key: string
  readonly promises: readonly (Await & { readonly key: string })[]
}

/** A workflow's tasks, each after all of this workflow that it awaits. */
export function tasksInOrder(workflow: Workflow): readonly NamedTask[] {
  return awaitingTasks(workflow).map(({ label, name, task }) => ({ label, name, task }))
}

/**
 * The same with their promises. The order is one of the labels and of what awaits what, so it is the same however the
 * document has them. Of tasks with one name, a promise means the first.
 */
export function awaitingTasks(workflow: Pick<Workflow, 'tasks'>): readonly AwaitingTask[] {
  const tasks = new Map<string, AwaitingTask>()
  const labels = new Map<string, string>()
  for (const [label, task] of Object.entries(workflow.tasks).sort(([a], [b]) => compareLabels(a, b))) {
    const name = nameOfTask(workflow, label)
    const key = cidKey(name)
    const promises = promisesIn(task.args).map(promise => ({ ...promise, key: cidKey(promise.target) }))
    tasks.set(label, { label, name, task, key, promises })
    if (!labels.has(key)) labels.set(key, label)
  }
  const awaited = new Map<string, readonly string[]>()
  for (const { label, promises } of tasks.values()) {
    const targets = promises.map(({ key }) => labels.get(key))
    awaited.set(
      label,
      targets.filter(target => target !== undefined),
    )
  }
  const order = dependencyOrder(awaited)
  if ('error' in order) throw new Error('a task cannot name itself: its name is a hash of what it awaits')
  return order.ok.map(label => tasks.get(label)).filter(task => task !== undefined)
}

/** Short ones first, as documents have them, so that t2 is before t10. */
function compareLabels(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}
