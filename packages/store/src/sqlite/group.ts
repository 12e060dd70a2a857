import type { Change } from '../store.ts'
import { Front } from './front.ts'
import type { Failures } from './writer.ts'

/**
 * Changes share transactions, and so waits for the disk (group commit, ADR 54). While they wait they are in memory, where
 * reads find them at once.
 */
export interface GroupCommit {
  /** What is not on the disk yet, the newest first. */
  readonly fronts: readonly Front[]
  /** Resolves when the change is on the disk. */
  commit(change: Change): Promise<void>
  /** Resolves when what was committed until now is on the disk, or was rejected. */
  caughtUp(): Promise<void>
  /** Resolves when all that was committed is on the disk, or was rejected; also what comes meanwhile. */
  drain(): Promise<void>
}

/** For how long a change that can wait is put off for company, milliseconds. */
const gatherMilliseconds = 10

interface Group {
  readonly changes: Change[]
  readonly front: Front
  readonly written: PromiseWithResolvers<Failures>
}

/**
 * One group is written at a time, and what comes meanwhile is the next one: the longer the disk takes, the larger that
 * is. A group is written at the end of this turn of the event loop, or when the one before it is; one of which every
 * change can wait, some milliseconds later.
 *
 * @param write writes changes in one transaction, and gives those that could not be written while the others were; or
 *   throws, and has written none
 */
export function groupCommit(write: (changes: readonly Change[]) => Failures | Promise<Failures>): GroupCommit {
  return new Groups(write)
}

class Groups implements GroupCommit {
  readonly #write: (changes: readonly Change[]) => Failures | Promise<Failures>
  #gathering = newGroup()
  #writing: Group | undefined
  #isUrgent = false
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(write: (changes: readonly Change[]) => Failures | Promise<Failures>) {
    this.#write = write
  }

  get fronts(): readonly Front[] {
    const { changes, front } = this.#gathering
    const gathering = changes.length > 0 ? [front] : []
    return this.#writing ? [...gathering, this.#writing.front] : gathering
  }

  async commit(change: Change): Promise<void> {
    const { changes, front, written } = this.#gathering
    const place = changes.push(change) - 1
    front.add(change)
    if (!change.canWait) this.#isUrgent = true
    this.#schedule()
    const failures = await written.promise
    if (failures.has(place)) throw failures.get(place)
  }

  async caughtUp(): Promise<void> {
    const isGathering = this.#gathering.changes.length > 0
    const last = isGathering ? this.#gathering : this.#writing
    if (isGathering) {
      this.#isUrgent = true
      this.#flush()
    }
    await last?.written.promise.catch(() => {})
  }

  async drain(): Promise<void> {
    while (this.#writing || this.#gathering.changes.length > 0) await this.caughtUp()
  }

  #schedule(): void {
    if (this.#writing || this.#gathering.changes.length === 0 || this.#immediate) return
    if (this.#isUrgent) this.#immediate = setImmediate(() => this.#flush())
    else this.#timer ??= setTimeout(() => this.#flush(), gatherMilliseconds)
  }

  #flush(): void {
    if (this.#writing || this.#gathering.changes.length === 0) return
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
    this.#immediate = undefined
    this.#timer = undefined
    const group = this.#gathering
    this.#gathering = newGroup()
    this.#isUrgent = false
    this.#writing = group
    try {
      const failures = this.#write(group.changes)
      if (failures instanceof Promise)
        failures.then(
          done => this.#finish(group, done),
          fault => this.#fail(group, fault),
        )
      else this.#finish(group, failures)
    } catch (fault) {
      this.#fail(group, fault)
    }
  }

  #finish(group: Group, failures: Failures): void {
    this.#writing = undefined
    group.written.resolve(failures)
    if (this.#isUrgent) this.#flush()
    else this.#schedule()
  }

  /** What was committed meanwhile builds on what is not there: it is rejected, too, and the order stays. */
  #fail(group: Group, fault: unknown): void {
    const next = this.#gathering
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
    this.#immediate = undefined
    this.#timer = undefined
    this.#writing = undefined
    this.#gathering = newGroup()
    this.#isUrgent = false
    group.written.reject(fault)
    next.written.reject(fault)
  }
}

function newGroup(): Group {
  const written = Promise.withResolvers<Failures>()
  // Whoever committed is told; a group that nobody is in has nobody to tell.
  written.promise.catch(() => {})
  return { changes: [], front: new Front(), written }
}
