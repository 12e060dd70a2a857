const callbacks = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when `signal` aborts, unless the function that it gives is called before. All share one listener of the
 * signal: a signal compares each new listener with all that it has, and thousands of tasks wait for the signal of a run.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = callbacks.get(signal) ?? listen(signal)
  waiting.add(callback)
  return () => waiting.delete(callback)
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>()
  callbacks.set(signal, waiting)
  const abort = () => {
    for (const callback of waiting) callback()
  }
  signal.addEventListener('abort', abort, { once: true })
  return waiting
}
