import { createHash } from 'node:crypto'
import { blockOf, nameOf, type Value } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../index.ts'
import {
  dueRuns,
  missedSince,
  nextDue,
  readSchedule,
  runNonce,
  scheduleBlock,
  type MissedRuns,
  type Schedule,
} from './schedule.ts'

const workflow = nameOf('a workflow')
const nonce = new Uint8Array(0)

function every(cron: string, timezone?: string, missed: MissedRuns = 'once'): Schedule {
  return { workflow, cron, ...(timezone !== undefined && { timezone }), missed, nonce }
}

function seconds(time: string): number {
  return Date.parse(time) / 1000
}

/** The date that a zone has at a time. */
function dateIn(timeZone: string, time: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(time * 1000)
}

/** The next times from one on, as they are written in UTC. */
function times(schedule: Schedule, from: string, count: number): string[] {
  const found: string[] = []
  for (let at = nextDue(schedule, seconds(from)); at !== undefined && found.length < count; at = nextDue(schedule, at))
    found.push(new Date(at * 1000).toISOString().replace(':00.000Z', 'Z'))
  return found
}

test('a schedule is named by its block, and read back from it', () => {
  const daily = every('30 7 * * MON-FRI', 'Europe/Berlin')
  const once: Schedule = { workflow, at: 1_800_000_000, missed: 'skip', nonce: Uint8Array.of(1, 2) }
  for (const schedule of [daily, once, every('0 0 1 1 *')])
    expect(readSchedule(scheduleBlock(schedule).bytes)).toEqual({ ok: schedule })
  expect(scheduleBlock(daily).cid.toString()).toMatchInlineSnapshot(
    `"bafyreieazwadxvxr5h7yk3iyv5kasoqhqlw4nk5cirermv5prwxygr4equ"`,
  )
})

test.each<[string, Value, string]>([
  ['what is none', { workflow }, ''],
  ['no time', {}, ''],
  ['two kinds of time', { cron: '* * * * *', at: 5 }, ''],
  ['no workflow', { cron: '* * * * *', workflow: 'w' }, 'workflow'],
  ['an unknown field', { cron: '* * * * *', every: 5 }, 'every'],
  ['another way with missed runs', { cron: '* * * * *', missed: 'never' }, 'missed'],
  ['a nonce that is text', { cron: '* * * * *', nonce: 'n' }, 'nonce'],
  ['a long nonce', { cron: '* * * * *', nonce: new Uint8Array(65) }, 'nonce'],
  ['six fields', { cron: '0 * * * * *' }, 'cron'],
  ['a nickname', { cron: '@daily' }, 'cron'],
  ['an extension: the last day', { cron: '0 0 L * *' }, 'cron'],
  ['an extension: the second Monday', { cron: '0 0 * * MON#2' }, 'cron'],
  ['a month where a weekday is', { cron: '0 0 * * JAN' }, 'cron'],
  ['a date', { cron: '2025-01-01T00:00:00' }, 'cron'],
  ['a minute that there is not', { cron: '60 * * * *' }, 'cron'],
  ['no step', { cron: '*/0 * * * *' }, 'cron'],
  ['a day that no month has', { cron: '0 0 30 2 *' }, 'cron'],
  ['a day that those months lack', { cron: '0 0 31 4,6,9,11 *' }, 'cron'],
  ['a long expression', { cron: `${'0,'.repeat(200)}0 * * * *` }, 'cron'],
  ['two spaces', { cron: '0  * * * *' }, 'cron'],
  ['a zone that there is not', { cron: '* * * * *', timezone: 'Mars/Olympus' }, 'timezone'],
  ['an offset', { cron: '* * * * *', timezone: '+02:00' }, 'timezone'],
  ['a zone for seconds', { at: 5, timezone: 'UTC' }, 'timezone'],
  ['a part of a second', { at: 1.5 }, 'at'],
  ['a time before all', { at: -1 }, 'at'],
  ['a time after all', { at: 1e15 }, 'at'],
])('refuses %s, and says where', (what, fields, path) => {
  const inner = { workflow, missed: 'once', nonce, ...Object(fields) }
  const block = blockOf(what === 'what is none' ? fields : { 'ipvm/schedule@1': inner })
  expect(readSchedule(block.bytes)).toMatchObject({ error: { name: 'InvalidSchedule', path } })
})

test('a day of the month and one of the week: due on either, as cron has it', () => {
  expect(times(every('0 0 1 * MON'), '2025-08-29T00:00:00Z', 3)).toEqual([
    '2025-09-01T00:00Z',
    '2025-09-08T00:00Z',
    '2025-09-15T00:00Z',
  ])
})

test('a day that only leap years have is due in those', () => {
  expect(times(every('0 0 29 2 *'), '2097-01-01T00:00:00Z', 2)).toEqual(['2104-02-29T00:00Z', '2108-02-29T00:00Z'])
})

test('a time that the clock skips is due as it is put forward', () => {
  const from = '2025-03-29T12:00:00Z'
  expect(times(every('30 2 * * *', 'Europe/Berlin'), from, 2)).toEqual(['2025-03-30T01:00Z', '2025-03-31T00:30Z'])
  expect(times(every('15,45 2 * * *', 'Europe/Berlin'), from, 2)).toEqual(['2025-03-30T01:00Z', '2025-03-31T00:15Z'])
})

test('a time that the clock shows twice is due the first time alone', () => {
  const from = '2025-10-25T12:00:00Z'
  const twice = times(every('15,45 2 * * *', 'Europe/Berlin'), from, 3)
  expect(twice).toEqual(['2025-10-26T00:15Z', '2025-10-26T00:45Z', '2025-10-27T01:15Z'])
  expect(times(every('30 1 * * *', 'America/New_York'), '2025-11-02T00:00:00Z', 2)).toEqual([
    '2025-11-02T05:30Z',
    '2025-11-03T06:30Z',
  ])
})

test('a pace goes on through the night on which the clock is changed', () => {
  const hourly = every('30 * * * *', 'Europe/Berlin')
  expect(times(hourly, '2025-10-25T23:00:00Z', 3)).toEqual([
    '2025-10-25T23:30Z',
    '2025-10-26T00:30Z',
    '2025-10-26T01:30Z',
  ])
  expect(times(hourly, '2025-03-30T00:00:00Z', 2)).toEqual(['2025-03-30T00:30Z', '2025-03-30T01:30Z'])
})

test('a day that a zone never had is made up for as the next one begins', () => {
  expect(times(every('0 12 30 12 *', 'Pacific/Apia'), '2011-12-01T00:00:00Z', 2)).toEqual([
    '2011-12-30T10:00Z',
    '2012-12-29T22:00Z',
  ])
})

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Asia/Kathmandu']
const anyTime = fc.integer({ min: seconds('2015-01-01'), max: seconds('2035-01-01') })
const anyCron = fc
  .tuple(
    fc.oneof(fc.constant('*/7'), fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 })),
    fc.oneof(fc.constant('*'), fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 })),
  )
  .map(([minutes, hours]) => `${minutes} ${hours} * * *`)

test('whoever asks, and from when: the next time is the same', () => {
  fc.assert(
    fc.property(anyCron, fc.constantFrom(...zones), anyTime, (cron, zone, after) => {
      const schedule = every(cron, zone)
      const due = nextDue(schedule, after) ?? Number.NaN
      expect(due).toBeGreaterThan(after)
      expect(nextDue(schedule, due - 1)).toBe(due)
      expect(nextDue(schedule, Math.floor((after + due - 1) / 2))).toBe(due)
    }),
    { numRuns: 300 },
  )
})

test('fixed times come once a day each, in every zone and year', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 2015, max: 2035 }),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      (zone, year, hour, minute) => {
        const [from, to] = [seconds(`${year}-01-10T12:00:00Z`), seconds(`${year + 1}-01-10T12:00:00Z`)]
        const { due } = missedSince(every(`${minute} ${hour} * * *`, zone), from, to)
        const dates = due.map(time => seconds(dateIn(zone, time)))
        const first = dates[0] ?? Number.NaN
        expect(dates).toEqual(dates.map((_, n) => first + n * 86_400))
        // One less, where a zone has given up its summer time meanwhile.
        expect((to - from) / 86_400 - dates.length).toBeOneOf([0, 1])
      },
    ),
    { numRuns: 10, examples: [['America/Sao_Paulo', 2019, 9, 30]] },
  )
})

test('what was missed is told within a limit, and the newest of it always', () => {
  const minutely = every('* * * * *', 'Europe/Berlin')
  const now = seconds('2026-11-22T10:00:30Z')
  const years = missedSince(minutely, seconds('2020-01-01'), now)
  expect(years.due).toHaveLength(limits.missedMax)
  expect(years.due[0]).toBe(seconds('2020-01-01T00:01:00Z'))
  expect(years).toMatchObject({ more: true, latest: seconds('2026-11-22T10:00:00Z') })
  const january = missedSince(every('* * * 1 *'), seconds('2020-01-01'), now)
  expect(january).toMatchObject({ more: true, latest: seconds('2026-01-31T23:59:00Z') })
  expect(missedSince(minutely, now - 60, now)).toEqual({ due: [now - 30], more: false, latest: now - 30 })
  expect(missedSince(minutely, now, now)).toEqual({ due: [], more: false })
  expect(missedSince(minutely, now + 3600, now)).toEqual({ due: [], more: false })
})

test('a missed run is made up for once, not at all, or each', () => {
  const [last, now] = [seconds('2025-06-01T00:00:00Z'), seconds('2025-06-04T12:00:00Z')]
  const nightly = (missed: MissedRuns) => every('0 3 * * *', 'UTC', missed)
  const nights = ['2025-06-01T03:00Z', '2025-06-02T03:00Z', '2025-06-03T03:00Z', '2025-06-04T03:00Z'].map(seconds)
  const newest = nights.at(-1)
  expect(dueRuns(nightly('once'), last, now)).toEqual({ run: [newest], missed: 4, settled: newest })
  expect(dueRuns(nightly('skip'), last, now)).toEqual({ run: [], missed: 4, settled: newest })
  expect(dueRuns(nightly('all'), last, now)).toEqual({ run: nights, missed: 4, settled: newest })
})

test('a run on time is none that was missed', () => {
  const due = seconds('2025-06-02T03:00:00Z')
  for (const missed of ['once', 'skip', 'all'] as const) {
    const nightly = every('0 3 * * *', 'UTC', missed)
    expect(dueRuns(nightly, due - 86_400, due + 2)).toEqual({ run: [due], missed: 0, settled: due })
    expect(dueRuns(nightly, due, due + 2)).toEqual({ run: [], missed: 0, settled: due })
  }
})

test('more than can be made up for at once is asked for again, and none is left out', () => {
  const minutely = every('* * * * *', 'UTC', 'all')
  const now = 1_000_000 * 60
  const run: number[] = []
  let last = now - 2500 * 60
  for (let due = dueRuns(minutely, last, now); due.run.length > 0; due = dueRuns(minutely, last, now)) {
    run.push(...due.run)
    last = due.settled
  }
  expect(run).toHaveLength(2500)
  expect(new Set(run).size).toBe(2500)
})

test('once is once', () => {
  const schedule: Schedule = { workflow, at: 1_800_000_000, missed: 'once', nonce }
  expect(nextDue(schedule, 1_799_999_999)).toBe(1_800_000_000)
  expect(nextDue(schedule, 1_800_000_000)).toBeUndefined()
  expect(dueRuns(schedule, 0, 1_900_000_000)).toEqual({ run: [1_800_000_000], missed: 1, settled: 1_800_000_000 })
})

test('nothing is due after the last time there is', () => {
  expect(nextDue(every('* * * * *'), Number.MAX_SAFE_INTEGER)).toBeUndefined()
  expect(nextDue(every('0 0 1 1 *', 'Asia/Tokyo'), seconds('9999-12-31T23:00:00Z'))).toBeUndefined()
})

test("a run's nonce is a function of its schedule and its time", () => {
  const { cid } = scheduleBlock(every('0 3 * * *'))
  expect(runNonce(cid, 1_800_000_060)).not.toEqual(runNonce(cid, 1_800_000_000))
  const digest = createHash('sha256').update(cid.bytes).update('1800000000').digest()
  expect(Buffer.from(runNonce(cid, 1_800_000_000))).toEqual(digest)
})
