import type { Waiting } from './exchange.ts'
import type { NetworkWorld } from './world.ts'

/** How a work that was waited for ended. */
export type Ended<T> = { readonly done: T } | { readonly late: 'TimedOut' | 'Aborted' }

/**
 * Waits for a work until it is done, its time is over or its signal says so. The work is told by a signal of its own;
 * whether it listens or not, the wait is over, and what it throws later is nobody's any more.
 */
export async function withDeadline<T>(
  world: Pick<NetworkWorld, 'after'>,
  { within, signal }: Required<Waiting>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Ended<T>> {
  if (signal.aborted) return { late: 'Aborted' }
  const controller = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<Ended<T>>()
  const end = (late: 'TimedOut' | 'Aborted') => {
    resolve({ late })
    controller.abort()
  }
  const abort = () => end('Aborted')
  const cancel = world.after(within, () => end('TimedOut'))
  signal.addEventListener('abort', abort)
  try {
    work(controller.signal).then(done => resolve({ done }), reject)
    return await promise
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}

/** A signal that nobody ever gives. */
export const never: AbortSignal = new AbortController().signal
