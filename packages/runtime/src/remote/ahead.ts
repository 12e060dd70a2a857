import { cidKey } from '@ipvm/ipld'
import { promisesIn } from '@ipvm/ucan'
import type { Authority } from '../authority/authority.ts'
import type { Others } from '../others/others.ts'
import { isBeforeRelease } from '../run/release.ts'
import type { RunTask } from '../run/task.ts'

/** Where a run stands. */
interface Standing {
  readonly isReleased: boolean
  readonly hasFailed: boolean
}

/**
 * The tasks of others that are asked for before what they await is settled: their promises are in place, and who is asked
 * gets the values from whose those tasks are (ADR 103).
 */
export class Ahead {
  readonly #maySign: boolean
  /** Mutations that are under way though they were not released. */
  readonly #unreleased = new Set<RunTask>()
  /** Mutations that wait for nothing but that more of the run is settled. */
  readonly #waiting = new Set<RunTask>()

  /** @param others none, where nothing may be sent ahead: a handler may say what stands for the value of what failed */
  constructor(authority: Authority, others: Others | undefined) {
    // What its request limits is judged by the values.
    this.#maySign = others?.ask !== undefined && (authority.isOwn || !authority.isExecutor)
  }

  /** How many are under way that were not released. */
  get size(): number {
    return this.#unreleased.size
  }

  /** Those that may go as soon as more is settled. */
  waiting(): readonly RunTask[] {
    return [...this.#waiting]
  }

  leave(task: RunTask): void {
    this.#waiting.delete(task)
  }

  /** Whether it had gone before the release. */
  done(task: RunTask): boolean {
    return this.#unreleased.delete(task)
  }

  /**
   * Whether a task of another agent may be asked for now, while some that it awaits are not settled. A mutation goes ahead
   * of the release only where nothing but those can still fail, and fails with them: so a failing workflow has touched nothing.
   */
  mayGo(task: RunTask, tasks: readonly RunTask[], run: Standing): boolean {
    if (!this.#maySign || task.waitsForValues || task.place.foreign.length > 0) return false
    // What a function asked for is granted by its values.
    if (task.asker) return false
    // A failure may be followed by another answer, and a success is not (ADR 127).
    if (!task.awaits.every(other => other.settled || (other.sent && awaitsValue(task, other)))) return false
    const isFree = task.place.class !== 'mutation' || task.isReleased || run.isReleased
    if (isFree) return true
    if (run.hasFailed || !restsOnNothingElse(task, tasks)) {
      this.#waiting.add(task)
      return false
    }
    this.#waiting.delete(task)
    this.#unreleased.add(task)
    task.isReleased = true
    return true
  }
}

/** Whether all that is open before the release is what a task awaits, through however many: all of others, and by value. */
function restsOnNothingElse(task: RunTask, tasks: readonly RunTask[]): boolean {
  const rests = new Set<RunTask>([task])
  for (const next of rests) for (const awaited of next.awaits) if (!awaited.settled) rests.add(awaited)
  return tasks.every(
    other =>
      rests.has(other) ||
      other.phase === 'settled' ||
      !isBeforeRelease(other.place) ||
      (other.place.standby && !other.called),
  )
}

/** Whether a task awaits nothing of another one but its value. */
function awaitsValue({ place }: RunTask, awaited: RunTask): boolean {
  const key = cidKey(awaited.place.name)
  return promisesIn(place.task.args).every(({ branch, target }) => branch === 'ok' || cidKey(target) !== key)
}
