import { cidKey, type CID } from '@ipvm/ipld'
import { promisesIn, taskName } from '@ipvm/ucan'
import type { Workflow, WorkflowTask } from '../document/document.ts'
import { dependencyOrder } from './order.ts'

/** A task of a workflow, with its label and its name. */
export interface NamedTask {
  readonly label: string
  readonly name: CID
  readonly task: WorkflowTask
}

/** A workflow's tasks, each after all of this workflow that it awaits. */
export function tasksInOrder(workflow: Workflow): readonly NamedTask[] {
  const tasks = new Map<string, NamedTask>()
  const labels = new Map<string, string>()
  for (const [label, task] of Object.entries(workflow.tasks)) {
    const name = taskName(task)
    tasks.set(label, { label, name, task })
    labels.set(cidKey(name), label)
  }
  const awaited = new Map<string, readonly string[]>()
  for (const { label, task } of tasks.values()) {
    const targets = promisesIn(task.args).map(({ target }) => labels.get(cidKey(target)))
    awaited.set(
      label,
      targets.filter(target => target !== undefined),
    )
  }
  const order = dependencyOrder(awaited)
  if ('error' in order) throw new Error('a task cannot name itself: its name is a hash of what it awaits')
  return order.ok.map(label => tasks.get(label)).filter(task => task !== undefined)
}
