import type { CID } from '@ipvm/ipld'
import { taskName } from '@ipvm/ucan'
import type { Workflow } from '../document/document.ts'

/** Names that were computed already: to hash ten thousand tasks takes a while, and who compiled them needs them again. */
const known = new WeakMap<Workflow, ReadonlyMap<string, CID>>()

/** The name of a task of a workflow. Workflows are never changed. */
export function nameOfTask(workflow: Workflow, label: string): CID {
  const name = known.get(workflow)?.get(label)
  if (name) return name
  const task = workflow.tasks[label]
  if (!task) throw new Error(`${label} is a task of the workflow`)
  return taskName(task)
}

/** Notes the names of a workflow's tasks, whose blocks were just made. */
export function noteNames(workflow: Workflow, names: ReadonlyMap<string, CID>): void {
  known.set(workflow, names)
}
