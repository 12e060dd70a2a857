import type { NetworkWorld } from '@ipvm/network'

/** What a client needs of the world outside. */
export interface ClientWorld extends NetworkWorld {
  /** Calls back when there may be a connection again, until the function that it gives is called. */
  onOnline(listener: () => void): () => void
}

/** The longest timer of the platforms; a longer one would go off at once. */
const timerMillisecondsMax = 2 ** 31 - 1

/** The world as it is, in Node and in browsers. */
export const platformWorld: ClientWorld = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, timerMillisecondsMax))
    return () => clearTimeout(timer)
  },
  random: count => crypto.getRandomValues(new Uint8Array(count)),
  onOnline: listener => {
    // Browsers say so; elsewhere nobody does, and the next attempt finds out.
    const platform: object = globalThis
    if (!isListenedTo(platform)) return () => {}
    platform.addEventListener('online', listener)
    return () => platform.removeEventListener('online', listener)
  },
}

function isListenedTo(platform: object): platform is EventTarget {
  return 'addEventListener' in platform && 'removeEventListener' in platform
}

/** Waits; what wakes it is its signal, and a connection that is there again. */
export function pause(world: ClientWorld, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = () => {
      cancel()
      forget()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = world.after(milliseconds, end)
    const forget = world.onOnline(end)
    signal.addEventListener('abort', end)
  })
}

/** How long to wait before an attempt, from 1: twice as long each time, spread out so that not everyone is back at once. */
export function backoff(world: ClientWorld, attempt: number, [first, longest]: readonly [number, number]): number {
  const wait = Math.min(longest, first * 2 ** Math.min(attempt - 1, 30))
  return wait * (0.5 + (world.random(1)[0] ?? 0) / 510)
}
