import type { Bar, BarState, LaneName, Timeline } from './timeline.ts'

/** What the lanes are called. */
export const laneTitles: Readonly<Record<LaneName, string>> = {
  base: 'Base events',
  pure: 'Pure functions',
  query: 'Queries',
  mutation: 'Mutations',
}

/** What is said of a task beside its bar; nothing where it ran, as one expects. */
const stateWords: Readonly<Record<BarState, string>> = {
  ran: '',
  reused: 'reused',
  failed: 'failed',
  caught: 'caught',
  skipped: 'skipped',
  withdrawn: 'withdrawn',
  unknown: 'unknown',
  open: 'under way',
}

/** What comes from outside may hold what draws nothing, turns the direction of writing, or is no character of XML. */
const unprintable = /[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]+/gu

/** Text from outside, on one line. */
export function plainText(text: string): string {
  return text.replace(unprintable, ' ').trim()
}

/** A label, and how many others share its task. */
export function labelText({ label, labels }: Bar): string {
  const more = labels.length - 1
  return more > 0 ? `${plainText(label)} (+${more})` : plainText(label)
}

/** How a task stands and what is out of the ordinary about it, in a few words. */
export function noteOf(bar: Bar): string {
  const { state, attempts, failure, undoes, agent } = bar
  const isHeld = state === 'open' && bar.pieces.at(-1)?.kind === 'held'
  const isCut = bar.pieces.some(({ ended }) => ended === 'cut')
  const why = failure === undefined || state === 'skipped' || state === 'withdrawn' ? '' : `: ${plainText(failure)}`
  return [
    agent === undefined ? '' : `by ${plainText(agent)}`,
    isHeld ? 'held' : `${stateWords[state]}${stateWords[state] === '' ? '' : why}`,
    attempts > 1 ? `${attempts} attempts` : '',
    isCut ? 'cut off' : '',
    undoes === undefined ? '' : `undoes ${plainText(undoes)}`,
  ]
    .filter(text => text !== '')
    .join(', ')
}

/** How long a task was done or in line, with all its attempts and the pauses between them. */
export function tookOf({ pieces }: Bar): number | undefined {
  const own = pieces.filter(({ kind }) => kind !== 'held' && kind !== 'doubt')
  const [first, last] = [own[0], own.at(-1)]
  return first && last ? last.to - first.from : undefined
}

/** A task in a sentence. */
export function sentenceOf(bar: Bar, { from }: Timeline): string {
  const how = [bar.state === 'ran' ? 'ran' : '', noteOf(bar)].filter(text => text !== '').join(', ')
  const took = tookOf(bar)
  const time = took === undefined ? '' : `, ${duration(took)}`
  return `${labelText(bar)} (${bar.cmd}): ${how}${time}, from ${offset(bar.from - from)}`
}

/** How many tasks of a lane stand how. */
export function countsText(bars: readonly Bar[]): string {
  const counts = Map.groupBy(bars, ({ state }) => state)
  return [...counts].map(([state, some]) => `${some.length} ${state === 'open' ? 'under way' : state}`).join(', ')
}

/** A run in a sentence for each lane: what the picture shows. */
export function describe(timeline: Timeline): string {
  const { bars, waiting, moments, from, to } = timeline
  const perLane = (['query', 'pure', 'mutation'] as const).flatMap(lane => {
    const own = bars.filter(bar => bar.lane === lane)
    return own.length === 0 ? [] : [`${laneTitles[lane]}: ${countsText(own)}.`]
  })
  const steps = moments.map(({ at, text }) => `${plainText(text)} at ${offset(at - from)}`).slice(0, 12)
  const rest = waiting.length === 0 ? [] : [`Not begun: ${waiting.length}.`]
  return [`It took ${duration(to - from)}.`, ...perLane, ...rest, `Base events: ${steps.join('; ')}.`].join(' ')
}

/** How long after the beginning. */
export function offset(milliseconds: number): string {
  return milliseconds === 0 ? '0' : `+${duration(milliseconds)}`
}

/** Milliseconds as people read them: `0.4 ms`, `87 ms`, `1.24 s`, `3 m 05 s`, `2 h 10 m`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${Number(milliseconds.toFixed(1))} ms`
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_995) return `${Number((milliseconds / 1000).toFixed(2))} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return pair(seconds, 60, 'm', 's')
  return seconds < 172_800
    ? pair(Math.round(seconds / 60), 60, 'h', 'm')
    : pair(Math.round(seconds / 3600), 24, 'd', 'h')
}

function pair(amount: number, base: number, large: string, small: string): string {
  const rest = amount % base
  return `${Math.floor(amount / base)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
