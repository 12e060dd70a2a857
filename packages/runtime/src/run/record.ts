import type { Change } from '@ipvm/store'
import type { RunJournal } from '../journal/run-journal.ts'
import type { SettledTask } from './event.ts'
import type { RunTask, TaskSettled } from './task.ts'
import type { Written } from './work-context.ts'

/** What follows from pure results alone can be found again; nobody waits until it is on the disk. */
const pureChange: Change = { canWait: true }

/** Writes in a run's journal that a task is settled, under each of its labels. Resolves when it is on the disk. */
export function record(
  journal: RunJournal,
  task: RunTask,
  settled: TaskSettled,
  { change = pureChange, after }: Written,
): Promise<void> {
  const options = { change: marked(task, settled, change), ...(after && { after }) }
  return journal.settle(settledTasks(task, settled), options)
}

/** A settled task as it is told, under each of its labels. */
export function settledTasks({ labels, name, place }: RunTask, settled: TaskSettled | undefined): SettledTask[] {
  if (!settled) return []
  const { receipt, how, milliseconds, report } = settled
  const more = { ...(report && { report }), ...(place.secret && { secret: true as const }) }
  return labels.map(label => ({ label, task: name, how, milliseconds, receipt, ...more }))
}

/** What is secret here may have been known before, where it was not. */
function marked({ place, name }: RunTask, { receipt }: TaskSettled, change: Change): Change {
  if (!place.secret) return change
  return { ...change, secrets: [...(change.secrets ?? []), name, receipt.cid] }
}
