import { randomBytes } from 'node:crypto'
import type { NetworkWorld } from '@ipvm/network'

/** The world as it is. */
export const realWorld: NetworkWorld = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds).unref()
    return () => clearTimeout(timer)
  },
  random: count => randomBytes(count),
}
