import { randomBytes } from 'node:crypto'
import type { World } from '@ipvm/runtime'

/** The world as it is. */
export const realWorld: World = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => performance.now(),
  random: count => randomBytes(count),
  owner: String(process.pid),
}
