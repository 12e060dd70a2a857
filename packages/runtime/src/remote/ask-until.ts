import type { Failure } from '@ipvm/ipld'
import { retryDelay, type Retry } from '@ipvm/workflow'
import { awayPauseMax, pendingPauseMin, remoteWait } from '../limits.ts'
import type { Asking, Others, OthersAnswer } from '../others/others.ts'
import { onAbort } from '../world/on-abort.ts'
import type { World } from '../world/world.ts'

/** What came of asking an agent until it has answered, or there is no more time. */
export type Answered =
  | Extract<OthersAnswer, { readonly receipt: unknown }>
  | { readonly refused: Failure }
  | { readonly late: Failure }

/** How an agent is asked again. */
export interface AskOptions {
  readonly world: World
  readonly signal: AbortSignal
  /** When it is given up, milliseconds since 1970. */
  readonly until: number
  readonly retry: Retry
  /** Whether it may have arrived, which is noted here as soon as it may have. */
  readonly doubt: { sent: boolean }
  /** Told when the agent does not answer, and why; not again as long as that stays so. */
  readonly onAway?: (cause: Failure) => void
  /** Told when it answers again. */
  readonly onBack?: () => void
}

/**
 * Asks an agent for the receipt of a task, the same bytes again where no answer came, and again where it is not done yet.
 * That the agent is away is no failure as long as there is time. Rejects when `signal` aborts.
 */
export async function askUntil(others: Others, asking: Asking, options: AskOptions): Promise<Answered> {
  const { world, signal, until, retry, doubt, onAway, onBack } = options
  // By the clock that goes forward only: that of the day may be put back meanwhile, by a day.
  const ends = world.milliseconds() + until - world.date()
  let away: Failure | undefined
  for (let lost = 0; ; ) {
    signal.throwIfAborted()
    const left = ends - world.milliseconds()
    if (left <= 0 || !others.ask) return { late: away ?? notDone }
    const began = world.milliseconds()
    const asked = await others.ask(asking, Math.min(left, remoteWait), signal)
    if ('receipt' in asked) return asked
    // Also where nobody waits for the answer any more.
    if ('pending' in asked || ('away' in asked && asked.sent)) doubt.sent = true
    signal.throwIfAborted()
    if ('refused' in asked) return { refused: asked.refused }
    if ('pending' in asked) {
      if (away) onBack?.()
      away = undefined
      lost = 0
      // Who says so at once is not asked again at once.
      await pauseFor(others, asking, Math.max(0, pendingPauseMin - (world.milliseconds() - began)), options)
      continue
    }
    lost += 1
    if (away?.name !== asked.away.name) onAway?.(asked.away)
    away = asked.away
    const pause = Math.max(Math.min(retryDelay(retry, lost), awayPauseMax), asked.after ?? 0)
    await pauseFor(others, asking, Math.min(pause, Math.max(0, ends - world.milliseconds())), options)
  }
}

/** Waits so many milliseconds, or until the agent comes. Rejects when `signal` aborts. */
function pauseFor(others: Others, { agent }: Asking, milliseconds: number, options: AskOptions): Promise<void> {
  const { world, signal } = options
  if (milliseconds <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const over = () => {
      cancel()
      stay()
      leave?.()
    }
    const cancel = world.after(milliseconds, () => {
      over()
      resolve()
    })
    const stay = onAbort(signal, () => {
      over()
      reject(signal.reason)
    })
    const leave = others.onCame?.(agent, () => {
      over()
      resolve()
    })
  })
}

const notDone: Failure = {
  name: 'TimeLimit',
  message: 'the agent whose it is to do has not done it in time; raise "time" in its config, or try it again',
}
