import type { Timeline } from './timeline.ts'

/** A stretch of time in which nothing was done, drawn short. */
export interface Fold {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
}

/** Where the moments of a run are drawn, from 0 to 1. */
export interface Scale {
  /** @param at milliseconds since 1970 */
  place(at: number): number
  readonly folds: readonly Fold[]
  /** Moments that are well told apart, for an axis, with how long after the beginning they are. */
  ticks(count: number): readonly { readonly at: number; readonly after: number }[]
}

/** How many stretches are folded at most. */
const foldsMax = 6
/** How much of the width a folded stretch takes. */
const foldShare = 0.045
/** What is folded is more than so many times as long as all that is not. */
const foldRatio = 4
/** Less than that is never in the way. */
const gapMillisecondsMin = 1000

interface Section extends Fold {
  readonly start: number
  readonly width: number
}

/**
 * A scale of a run's time. What lies between a try on Monday and the next one on Tuesday would leave nothing of either:
 * long stretches in which nothing is done are folded.
 */
export function scaleOf({ from, to, bars, moments }: Timeline): Scale {
  const busy = union([
    ...bars.flatMap(({ pieces }) => pieces.filter(({ kind }) => kind === 'attempt')),
    ...moments.map(({ at }) => ({ from: at, to: at })),
    ...bars.map(bar => ({ from: bar.to, to: bar.to })),
    { from, to: from },
    { from: to, to },
  ])
  const folds = foldsOf(busy)
  const sections = sectionsOf(from, to, folds)
  const place = (at: number) => placeIn(sections, Math.min(to, Math.max(from, at)))
  return { place, folds, ticks: count => ticksOf(sections, folds, from, count) }
}

function union(spans: readonly Fold[]): readonly Fold[] {
  const all: { from: number; to: number }[] = []
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to)
    else all.push({ ...span })
  }
  return all
}

/** A gap is folded where it is much longer than all that was done, and all gaps that are shorter. */
function foldsOf(busy: readonly Fold[]): readonly Fold[] {
  const gaps = busy.slice(1).map((span, i) => ({ from: busy[i]?.to ?? span.from, to: span.from }))
  const byLength = gaps.sort((a, b) => lengthOf(a) - lengthOf(b))
  let kept = busy.reduce((sum, span) => sum + lengthOf(span), 0)
  const folds = byLength.filter(gap => {
    const isLong = lengthOf(gap) > Math.max(gapMillisecondsMin, foldRatio * kept)
    if (!isLong) kept += lengthOf(gap)
    return isLong
  })
  return folds.slice(-foldsMax).sort((a, b) => a.from - b.from)
}

function lengthOf({ from, to }: Fold): number {
  return to - from
}

function sectionsOf(from: number, to: number, folds: readonly Fold[]): readonly Section[] {
  const edges = [...folds.flatMap(fold => [fold.from, fold.to])]
  const spans = [from, ...edges].map((start, i) => ({ from: start, to: [...edges, to][i] ?? to, isFold: i % 2 === 1 }))
  const drawn = spans.reduce((sum, span) => sum + (span.isFold ? 0 : span.to - span.from), 0)
  const room = 1 - folds.length * foldShare
  let start = 0
  return spans.map(span => {
    const own = drawn === 0 ? room / (spans.length - folds.length) : ((span.to - span.from) / drawn) * room
    const section = { from: span.from, to: span.to, start, width: span.isFold ? foldShare : own }
    start += section.width
    return section
  })
}

function placeIn(sections: readonly Section[], at: number): number {
  const section = sections.find(({ to }) => at <= to) ?? sections.at(-1)
  if (!section) return 0
  const length = section.to - section.from
  return section.start + (length === 0 ? 0 : ((at - section.from) / length) * section.width)
}

const nice = [1, 2, 5, 10, 20, 50, 100, 200, 500]
const second = 1000
const steps = [
  ...nice,
  ...[1, 2, 5, 10, 15, 30].map(n => n * second),
  ...[1, 2, 5, 10, 15, 30].map(n => n * 60 * second),
  ...[1, 2, 3, 6, 12].map(n => n * 3600 * second),
  ...[1, 2, 5, 10, 20, 50, 100].map(n => n * 86_400 * second),
]

function ticksOf(sections: readonly Section[], folds: readonly Fold[], from: number, count: number) {
  const drawn = sections.filter(({ from: start }) => !folds.some(fold => fold.from === start))
  const length = drawn.reduce((sum, section) => sum + section.to - section.from, 0)
  const step = steps.find(candidate => length / candidate <= count) ?? 1000 * 86_400 * second
  const ticks: { at: number; after: number }[] = []
  for (const section of drawn) {
    const first = Math.ceil((section.from - from) / step) * step
    for (let after = first; after <= section.to - from && ticks.length < 4 * count; after += step) {
      ticks.push({ at: from + after, after })
    }
  }
  return ticks
}
