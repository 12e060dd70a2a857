import type { Store } from '@ipvm/store'
import type { KillPoint } from '../kill-point.ts'
import type { Arrival } from '../server/arrival.ts'
import type { Line } from '../worker/line.ts'
import type { PlannedTask } from '../workflows/plan.ts'
import type { Submission } from '../workflows/submission.ts'

/** One life of a worker, from its start to its end. */
export interface Life {
  /** Where it was to be killed, if anywhere. */
  readonly kill?: KillPoint
  readonly lines: readonly Line[]
  readonly killed: boolean
}

/** All that is known of a test when it is judged. */
export interface Evidence {
  readonly store: Store
  readonly submissions: readonly Submission[]
  readonly lives: readonly Life[]
  /** What came to the counting server, which is the truth. */
  readonly arrivals: readonly Arrival[]
  /** How often a person had something tried again, by its id at the counting server. */
  readonly retried: ReadonlyMap<string, number>
}

/** Every line of every life, in their order. */
export function allLines({ lives }: Pick<Evidence, 'lives'>): readonly Line[] {
  return lives.flatMap(({ lines }) => lines)
}

/** What was planned for an id at the counting server, by id. */
export function plannedById(submissions: readonly Submission[]): ReadonlyMap<string, PlannedTask> {
  const tasks = submissions.flatMap(({ planned }) => [...planned.tasks.values()])
  return new Map(tasks.filter(({ id }) => id !== '').map(task => [task.id, task]))
}

/** Whether it changes something at the counting server or in the node's own map. */
export function isMutation({ kind }: PlannedTask): boolean {
  return kind !== 'pure' && kind !== 'value'
}
