import type { Bar, BarState } from './timeline.ts'
import { tookOf } from './words.ts'

/** The bars of a lane that are drawn one by one, and those that are drawn as a curve. */
export interface Chosen {
  /** In the order in which they began. */
  readonly shown: readonly Bar[]
  readonly rest: readonly Bar[]
}

const urgency: Readonly<Record<BarState, number>> = {
  unknown: 0,
  failed: 1,
  open: 2,
  caught: 3,
  ran: 5,
  withdrawn: 6,
  reused: 7,
  skipped: 8,
}

/** All of them where there are few; else those that a person looks for first: what went wrong, was tried again, took longest. */
export function choose(bars: readonly Bar[], all: number, some: number): Chosen {
  if (bars.length <= all) return { shown: bars, rest: [] }
  const rank = (bar: Bar) => (bar.state === 'ran' && bar.attempts > 1 ? 4 : urgency[bar.state])
  const picked = new Set(
    bars.toSorted((a, b) => rank(a) - rank(b) || (tookOf(b) ?? 0) - (tookOf(a) ?? 0)).slice(0, some),
  )
  return { shown: bars.filter(bar => picked.has(bar)), rest: bars.filter(bar => !picked.has(bar)) }
}
