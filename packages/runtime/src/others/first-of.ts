import type { Receipt } from '@ipvm/ucan'
import { onAbort } from '../world/on-abort.ts'

/** What came first: what was done here, or what others had done already. */
export type First<T> = { readonly own: T } | { readonly others: Receipt }

/**
 * Does something that others may have done already, and asks them meanwhile. What comes first ends the other: work that
 * waits for a place is never begun then. Rejects as the work does, also where `signal` aborts.
 */
export async function firstOf<T>(
  find: (signal: AbortSignal) => Promise<Receipt | undefined> | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<First<T>> {
  const asking = new AbortController()
  const asked = find(asking.signal)
  if (!asked) return { own: await work(signal) }
  const working = new AbortController()
  const stay = onAbort(signal, () => {
    asking.abort(signal.reason)
    working.abort(signal.reason)
  })
  const own = work(working.signal).then((value): First<T> => ({ own: value }))
  // What is aborted rejects, and by then nobody asks any more.
  own.catch(() => {})
  const others = asked.then((receipt): First<T> | Promise<First<T>> => (receipt ? { others: receipt } : own))
  try {
    return await Promise.race([own, others])
  } finally {
    stay()
    asking.abort()
    working.abort(foundElsewhere)
  }
}

const foundElsewhere = new DOMException('others had done it already', 'AbortError')
