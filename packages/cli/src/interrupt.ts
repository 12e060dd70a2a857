import { exit } from './exit.ts'

/** Signals that come as close together are one: a terminal and what started this process may both pass one on. */
const sameMilliseconds = 500

/**
 * Does work that ends early, and well, at Ctrl-C or when the process is asked to end. Asked a second time, the process ends
 * at once, as if it had lost its power: what was acknowledged is in the store.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController()
  let first: number | undefined
  const end = () => {
    first ??= performance.now()
    if (performance.now() - first > sameMilliseconds) process.exit(exit.interrupted)
    interrupted.abort()
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  try {
    return await work(interrupted.signal)
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}
