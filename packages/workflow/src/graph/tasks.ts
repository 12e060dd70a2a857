import { promisesIn, taskName } from '@ipvm/ucan'
import type { Workflow, WorkflowTask } from '../document/document.ts'
import { dependencyOrder } from './order.ts'

/** A workflow's tasks with their labels, each after all of this workflow that it awaits. */
export function tasksInOrder({ tasks }: Workflow): readonly (readonly [label: string, task: WorkflowTask])[] {
  const labels = new Map(Object.entries(tasks).map(([label, task]) => [taskName(task).toString(), label]))
  const awaited = new Map<string, readonly string[]>()
  for (const [label, { args }] of Object.entries(tasks)) {
    awaited.set(
      label,
      promisesIn(args).flatMap(({ target }) => labels.get(target.toString()) ?? []),
    )
  }
  const order = dependencyOrder(awaited)
  if ('error' in order) throw new Error('a task cannot name itself: its name is a hash of what it awaits')
  return order.ok.flatMap(label => {
    const task = tasks[label]
    return task ? [[label, task] as const] : []
  })
}
