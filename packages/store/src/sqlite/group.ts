import { openMemoryStore } from '../memory/store.ts'
import type { Change, Store } from '../store.ts'

/**
 * Changes wait a moment for company and share one transaction, and so one wait for the disk (group commit). While they
 * wait they are in memory, in `front`, where reads find them at once.
 */
export interface GroupCommit {
  /** The changes that are not on the disk yet. */
  readonly front: Store
  /** Resolves when the change is on the disk. */
  commit(change: Change): Promise<void>
  /** Writes at once what still waits. */
  flush(): void
}

/**
 * How long after a commit the next one may be put off, milliseconds: work that goes on step by step, each step waiting
 * for none but the last, then forces the disk every few steps instead of at each.
 */
const gatherMilliseconds = 4

/**
 * How many times as long as the last commit took the next one is put off, at least: then at most a fifth of the time goes
 * into waiting for the disk, however slow it is, and the groups are the larger for it.
 */
const gatherCommits = 4

/** How long it is put off at most: now and then a commit takes half a second, when the log goes to the file. */
const gatherMillisecondsMax = 40

/** @param write writes changes in one transaction, or throws and has written none */
export function groupCommit(write: (changes: readonly Change[]) => void): GroupCommit {
  let front = openMemoryStore()
  let changes: Change[] = []
  let group = Promise.withResolvers<void>()
  let next = Number.NEGATIVE_INFINITY
  const flush = () => {
    if (changes.length === 0) return
    const [written, done] = [changes, group]
    changes = []
    group = Promise.withResolvers()
    const began = performance.now()
    try {
      write(written)
      done.resolve()
    } catch (thrown) {
      done.reject(thrown)
    }
    front = openMemoryStore()
    const ended = performance.now()
    const wait = Math.min(gatherCommits * (ended - began), gatherMillisecondsMax)
    next = ended + Math.max(gatherMilliseconds, wait)
  }
  const schedule = () => {
    const wait = next - performance.now()
    if (wait <= 0) setImmediate(flush)
    else setTimeout(flush, wait)
  }
  return {
    get front() {
      return front
    },
    flush,
    commit: change => {
      if (changes.length === 0) schedule()
      changes.push(change)
      // The journal is read from the disk alone.
      const { journal: _, ...read } = change
      void front.commit(read)
      return group.promise
    },
  }
}
