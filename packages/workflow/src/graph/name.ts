import type { CID } from '@ipvm/ipld'
import { taskName } from '@ipvm/ucan'
import type { WorkflowTask } from '../document/document.ts'

/** Names that were computed already: to hash ten thousand tasks takes a while, and who compiled them needs them again. */
const known = new WeakMap<WorkflowTask, CID>()

/** The name of a task of a workflow. Tasks are never changed. */
export function nameOfTask(task: WorkflowTask): CID {
  return known.get(task) ?? taskName(task)
}

/** Notes the name of a task whose block was just made. */
export function noteName(task: WorkflowTask, name: CID): void {
  known.set(task, name)
}
