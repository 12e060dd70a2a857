import type { Scale } from './scale.ts'
import type { Bar } from './timeline.ts'

/** How many tasks are there in a slice of the width: those that were done, were known, or came to no good end. */
export interface Slice {
  readonly done: number
  readonly known: number
  readonly bad: number
}

/** How many tasks of a lane are there along its width. @param count how many slices */
export function curveOf(bars: readonly Bar[], scale: Scale, count: number): readonly Slice[] {
  const kinds = {
    done: new Float64Array(count + 1),
    known: new Float64Array(count + 1),
    bad: new Float64Array(count + 1),
  }
  const slice = (at: number) => Math.min(count - 1, Math.floor(scale.place(at) * count))
  for (const bar of bars) {
    // Where it begins one more is there, and one less after it ended.
    const kind = kinds[kindOf(bar)]
    const [first, after] = [slice(bar.from), slice(bar.to) + 1]
    kind[first] = (kind[first] ?? 0) + 1
    kind[after] = (kind[after] ?? 0) - 1
  }
  let [done, known, bad] = [0, 0, 0]
  return Array.from({ length: count }, (_, i) => {
    done += kinds.done[i] ?? 0
    known += kinds.known[i] ?? 0
    bad += kinds.bad[i] ?? 0
    return { done, known, bad }
  })
}

/** How many tasks a slice has. */
export function sizeOf({ done, known, bad }: Slice): number {
  return done + known + bad
}

function kindOf({ state }: Bar): keyof Slice {
  if (state === 'ran' || state === 'open' || state === 'caught') return 'done'
  return state === 'reused' ? 'known' : 'bad'
}
