import { isBeforeRelease } from './release.ts'
import type { RunTask } from './task.ts'

/** What a run does next when nothing of it is under way. */
export type Step =
  /** All that its mutations could depend on is settled, and nothing failed: they may be asked for. */
  | { readonly type: 'release'; readonly tasks: readonly RunTask[] }
  /** Something failed that nobody handles: its mutations are taken back, none of which was asked for. */
  | { readonly type: 'withdraw'; readonly tasks: readonly RunTask[]; readonly by: RunTask }
  /** Something failed after that: what was done is undone, the last first. */
  | { readonly type: 'compensate'; readonly task: RunTask }
  /** These were on standby, and nobody called upon them. */
  | { readonly type: 'letGo'; readonly tasks: readonly RunTask[] }
  /** It has nothing more to do; or it waits for a person, who says whether a mutation was done. */
  | { readonly type: 'end'; readonly how: 'ok' | 'failed' | 'unknown' }

/**
 * The next step of a run (design § Run a workflow).
 * @param order its settled tasks in the order in which they were settled
 */
export function nextStep(tasks: readonly RunTask[], order: readonly RunTask[], isReleased: boolean): Step {
  const failed = order.find(({ isUnhandled }) => isUnhandled)
  const open = tasks.filter(({ phase }) => phase !== 'settled')
  const wanted = open.filter(({ place, called }) => !place.standby || called)
  const release = isReleased ? undefined : releaseStep(tasks, order)
  if (release) return release
  // Those that were asked for since wait until all else is settled, too: a run that fails by then sends none of them.
  const late = wanted.filter(({ phase }) => phase === 'held')
  if (late.length > 0) return failed ? { type: 'withdraw', tasks: late, by: failed } : { type: 'release', tasks: late }
  if (wanted.some(({ phase }) => phase === 'unknown')) return { type: 'end', how: 'unknown' }
  const undoing = failed && nextCompensation(order)
  if (undoing) return { type: 'compensate', task: undoing }
  if (wanted.length > 0) {
    throw new Error(
      `${wanted.map(({ label, phase }) => `${label} (${phase})`).join(', ')}: not settled, and nothing is under way`,
    )
  }
  return open.length > 0 ? { type: 'letGo', tasks: open } : { type: 'end', how: failed ? 'failed' : 'ok' }
}

/** Whether mutations that were not released are, or are withdrawn; what was sent ahead may be under way meanwhile. */
export function releaseStep(tasks: readonly RunTask[], order: readonly RunTask[]): Step | undefined {
  const mutations = tasks.filter(
    ({ phase, place, called, isReleased }) =>
      phase !== 'settled' && (!place.standby || called) && place.class === 'mutation' && !isReleased,
  )
  // Where they were released before, a failure of what came after that does not count.
  const by = order.find(({ isUnhandled, place }) => isUnhandled && isBeforeRelease(place))
  if (mutations.length > 0 && by) return { type: 'withdraw', tasks: mutations, by }
  const held = mutations.filter(({ phase }) => phase === 'held')
  return held.length > 0 ? { type: 'release', tasks: held } : undefined
}

/** What undoes the last mutation that this run did and that was not undone. */
function nextCompensation(order: readonly RunTask[]): RunTask | undefined {
  return order.toReversed().find(({ settled, compensation }) => settled?.how === 'ran' && isUnused(compensation))
    ?.compensation
}

function isUnused(task: RunTask | undefined): boolean {
  return task !== undefined && !task.called && task.phase !== 'settled'
}

/** Why a task on standby did not run. */
export const notNeeded = { name: 'NotNeeded', message: 'it was on standby, and nothing called upon it' }

/** Why a mutation is not asked for. */
export function withdrawn(by: RunTask) {
  return { name: 'Withdrawn', message: `not asked for, since ${by.label} failed before`, by: by.label }
}
