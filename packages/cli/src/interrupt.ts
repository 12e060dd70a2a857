/** Does work that ends early, and well, at Ctrl-C or when the process is asked to end. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController()
  const end = () => interrupted.abort()
  process.on('SIGINT', end).on('SIGTERM', end)
  try {
    return await work(interrupted.signal)
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}
