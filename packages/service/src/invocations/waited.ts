import type { World } from '@ipvm/runtime'
import type { IncomingInvocation } from './handler.ts'

/** What comes within the time that the asker waits; nothing where that is over, or nobody waits any more. */
export async function waited<T>(
  world: Pick<World, 'after'>,
  { wait, signal }: Pick<IncomingInvocation, 'wait' | 'signal'>,
  coming: Promise<T>,
): Promise<T | undefined> {
  if (wait <= 0 || signal.aborted) {
    coming.catch(() => {})
    return undefined
  }
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
  const end = () => resolve(undefined)
  const cancel = world.after(wait, end)
  signal.addEventListener('abort', end)
  try {
    coming.then(resolve, reject)
    return await promise
  } finally {
    cancel()
    signal.removeEventListener('abort', end)
  }
}
