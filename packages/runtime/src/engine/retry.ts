import { retryDelay, type Retry } from '@ipvm/workflow'
import type { Execution } from '../command/command.ts'
import type { World } from '../world/world.ts'
import { askedPauseMax } from '../limits.ts'
import { onAbort } from '../world/on-abort.ts'

/**
 * How long to wait after the attempt of this number, from 1, milliseconds.
 * @param asked what the world asks for, which counts where it is longer
 */
export function pauseAfter(attempt: number, retry: Retry, asked = 0): number {
  return Math.max(retryDelay(retry, attempt), Math.min(asked, askedPauseMax))
}

/** How long to wait still for an attempt that is due, should the clock have been put back meanwhile. */
export function pauseUntil(due: number, attempt: number, retry: Retry, world: World): number {
  return Math.min(Math.max(0, due - world.date()), pauseAfter(attempt, retry))
}

/** Waits for the pause after an attempt. Rejects when `signal` aborts. */
export function pauseBefore(attempt: number, retry: Retry, world: World, signal: AbortSignal): Promise<void> {
  return sleep(pauseAfter(attempt, retry), world, signal)
}

/** Waits so many milliseconds. Rejects when `signal` aborts. */
export function sleep(milliseconds: number, world: World, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const cancel = world.after(milliseconds, () => {
      stay()
      resolve()
    })
    const stay = onAbort(signal, () => {
      cancel()
      reject(signal.reason)
    })
  })
}

/** The outcome of what failed as often as it may: the last failure, by its own name where it has one of weight. */
export function retriesExhausted({ out }: Execution, attempts: number): Execution {
  if ('ok' in out) throw new Error('only what failed is tried again')
  const { name, message } = out.error
  if (attempts === 1) return { out, permanent: false }
  const said = `tried ${attempts} times; the last time: ${name}: ${message}`
  return { out: { error: { name: 'RetriesExhausted', message: said, attempts, last: name } }, permanent: false }
}
