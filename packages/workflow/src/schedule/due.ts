import { cidOf, codec, type CID } from '@ipvm/ipld'
import type { UnixSeconds } from '@ipvm/ucan'
import { missedMax, scheduleTimeMax } from '../limits.ts'
import { cronOf } from './cron.ts'
import type { Schedule } from './document.ts'
import { zoneClock } from './zone.ts'

/** How late a run may begin and still count as on time, seconds. */
const punctualSeconds = 60

/** The times at which a schedule was due, in a span. */
export interface DueTimes {
  /** The oldest first; no more than `missedMax` of them. */
  readonly due: readonly UnixSeconds[]
  /** Whether there were more, after these. */
  readonly more: boolean
  /** The newest of all; absent where there is none. */
  readonly latest?: UnixSeconds
}

/** What a schedule asks for now. */
export interface DueRuns {
  /** The times to run it for, the oldest first; after these, it may ask for more. */
  readonly run: readonly UnixSeconds[]
  /** How many times were missed since it was run last; `missedMax` where there were more. */
  readonly missed: number
  /** The time up to which this settles what was due: the `last` of the next question. */
  readonly settled: UnixSeconds
}

/**
 * When a schedule is due first after `after`; undefined where it is over.
 *
 * An expression of fixed minutes and hours is due once for each of its times, also on the days on which the clock is
 * changed: a time that is skipped is due as the clock is put forward, one that comes twice is due the first time. One
 * with `*` in its minutes or hours follows the clock, in what it skips and in what it repeats.
 */
export function nextDue(schedule: Schedule, after: UnixSeconds): UnixSeconds | undefined {
  return ticker(schedule)(after)
}

/** The times at which a schedule was due after `last`, up to and with `now`. */
export function missedSince(schedule: Schedule, last: UnixSeconds, now: UnixSeconds): DueTimes {
  const next = ticker(schedule)
  const due: UnixSeconds[] = []
  let at = next(last)
  while (at !== undefined && at <= now && due.length < missedMax) {
    due.push(at)
    at = next(at)
  }
  const newest = due.at(-1)
  if (newest === undefined) return { due, more: false }
  if (at === undefined || at > now) return { due, more: false, latest: newest }
  return { due, more: true, latest: latestUpTo(next, at, now) }
}

/**
 * What to run now, by what the schedule says about missed times. A time of the last minute is none that was missed.
 *
 * @param last when it was due and settled last, or when it was made
 */
export function dueRuns(schedule: Schedule, last: UnixSeconds, now: UnixSeconds): DueRuns {
  const { due, latest } = missedSince(schedule, last, now)
  if (latest === undefined) return { run: [], missed: 0, settled: last }
  const isPunctual = latest >= now - punctualSeconds
  const missed = due.filter(at => at < now - punctualSeconds).length
  switch (schedule.missed) {
    case 'all':
      return { run: due, missed, settled: due.at(-1) ?? last }
    case 'once':
      return { run: [latest], missed, settled: latest }
    case 'skip':
      return { run: isPunctual ? [latest] : [], missed, settled: latest }
  }
}

/** The nonce of the run that a schedule asks for: the same whoever asks, and however often. */
export function runNonce(schedule: CID, due: UnixSeconds): Uint8Array {
  const time = new TextEncoder().encode(String(due))
  const bytes = new Uint8Array(schedule.bytes.length + time.length)
  bytes.set(schedule.bytes)
  bytes.set(time, schedule.bytes.length)
  return cidOf(codec.raw, bytes).multihash.digest
}

type Ticker = (after: UnixSeconds) => UnixSeconds | undefined

function ticker(schedule: Schedule): Ticker {
  if ('at' in schedule) return after => (schedule.at > after ? schedule.at : undefined)
  const { cron, timezone = 'UTC' } = schedule
  const next = isPaced(cron) ? pacedBy(cron, timezone) : fixedTimes(cron, timezone)
  return after => {
    const instant = after < scheduleTimeMax ? next(after * 1000) : undefined
    return instant === undefined ? undefined : instant / 1000
  }
}

function isPaced(cron: string): boolean {
  return cron.split(' ', 2).some(field => field.includes('*'))
}

type Next = (after: number) => number | undefined

function pacedBy(cron: string, timezone: string): Next {
  const expression = cronOf(cron, timezone)
  return after => expression.nextRun(new Date(after))?.getTime()
}

/** Counts in times of the clock, none of which is skipped or comes twice, and says when each of them is. */
function fixedTimes(cron: string, timezone: string): Next {
  const expression = cronOf(cron, 'UTC')
  const zone = zoneClock(timezone)
  return after => {
    let time = expression.nextRun(new Date(zone.shown(after)))
    while (time && zone.instant(time.getTime()) <= after) time = expression.nextRun(time)
    return time ? zone.instant(time.getTime()) : undefined
  }
}

/** The newest time up to `now`, given one of them: halves the span where it may be, so that its length hardly counts. */
function latestUpTo(next: Ticker, one: UnixSeconds, now: UnixSeconds): UnixSeconds {
  let [latest, until] = [one, now]
  while (latest < until) {
    const middle = latest + Math.floor((until - latest) / 2)
    const later = next(middle)
    if (later !== undefined && later <= until) latest = later
    else until = middle
  }
  return latest
}
