import { randomBytes } from 'node:crypto'
import type { World } from '@ipvm/runtime'

const timerMillisecondsMax = 2 ** 31 - 1

/** The world as it is. */
export const realWorld: World = {
  now: () => Math.floor(Date.now() / 1000),
  date: () => Date.now(),
  milliseconds: () => performance.now(),
  after: (milliseconds, callback) => {
    let timer: NodeJS.Timeout
    const wait = (left: number) => {
      // A timer of Node's that is longer goes off at once.
      const now = Math.min(left, timerMillisecondsMax)
      timer = setTimeout(() => (left > now ? wait(left - now) : callback()), now)
      timer.unref()
    }
    wait(milliseconds)
    return () => clearTimeout(timer)
  },
  random: count => randomBytes(count),
  verifiesAside: isNotFirst,
  owner: String(process.pid),
}

/** Whether a signature was already to be checked in this turn of the event loop. */
let turnHasOne = false

/** Who comes alone, or first, waits for no other thread: handing a signature over and back adds a third to what checking it takes. */
function isNotFirst(): boolean {
  if (turnHasOne) return true
  turnHasOne = true
  setImmediate(() => {
    turnHasOne = false
  })
  return false
}
