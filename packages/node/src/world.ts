import { randomBytes } from 'node:crypto'
import type { World } from '@ipvm/runtime'

/** The world as it is. */
export const realWorld: World = {
  now: () => Math.floor(Date.now() / 1000),
  date: () => Date.now(),
  milliseconds: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
  random: count => randomBytes(count),
  owner: String(process.pid),
}
