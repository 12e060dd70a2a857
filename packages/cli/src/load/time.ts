import { printTime, type UnixSeconds } from '@ipvm/ucan'
import { Stop } from '../exit.ts'

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A time as people write it: `1d`, `90m`, `never`, or a date such as `2027-01-31` or `2027-01-31T12:00Z`. */
export function parseTime(text: string, now: UnixSeconds): UnixSeconds | null {
  if (text === 'never') return null
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (amount !== undefined && unit !== undefined) return now + Number(amount) * (units[unit] ?? 0)
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(date)) return Math.floor(date / 1000)
  throw new Stop({ name: 'Usage', message: `"${text}" is no time; write 1d, 90m, never, or a date such as 2027-01-31` })
}

/** Until when something counts, for people. */
export function timeText(time: UnixSeconds | null): string {
  return time === null ? 'for good' : printTime(time)
}
