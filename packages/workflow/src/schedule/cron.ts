import { error, ok, type Result } from '@ipvm/ipld'
import { Cron } from 'croner'
import { cronLengthMax } from '../limits.ts'
import { invalidSchedule, type InvalidSchedule } from './failure.ts'

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** The names that each of the five fields has: minute, hour, day of the month, month, day of the week. */
const names: readonly (readonly string[])[] = [[], [], [], months, weekdays]

/** Any time from which an expression that is ever due is due again: the days of leap years come within eight years. */
const someTime = new Date('2000-01-01T00:00:00Z')

/**
 * Reads a cron expression of five fields with `*`, lists, ranges, steps and names, which every cron knows; extensions of
 * one library or another are refused, so that a schedule means the same everywhere.
 */
export function readCron(text: string): Result<string, InvalidSchedule> {
  if (text.length > cronLengthMax) return error(invalidSchedule('cron', `has more than ${cronLengthMax} characters`))
  const fields = text.split(' ')
  const strange = fields.find((field, i) => !/^[A-Za-z0-9*,/-]+$/.test(field) || !namesIn(field, names[i] ?? []))
  if (fields.length !== names.length || strange !== undefined) {
    const example = '"30 7 * * MON-FRI": minute, hour, day of the month, month, day of the week'
    return error(invalidSchedule('cron', `expected five fields such as ${example}; found "${strange ?? text}"`))
  }
  try {
    if (cronOf(text, 'UTC').nextRun(someTime)) return ok(text)
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, '') : String(thrown)
    return error(invalidSchedule('cron', problem))
  }
  return error(invalidSchedule('cron', `"${text}" is never due: no month has such a day`))
}

function namesIn(field: string, known: readonly string[]): boolean {
  return (field.match(/[A-Za-z]+/g) ?? []).every(name => known.includes(name.toUpperCase()))
}

/**
 * Reads a time zone of the IANA database, such as `Europe/Berlin`. Failure: the platform does not know it.
 */
export function readTimezone(text: string): Result<string, InvalidSchedule> {
  if (/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text) && zoneOf(text) !== undefined) return ok(text)
  return error(
    invalidSchedule('timezone', `"${text.slice(0, 64)}" is no time zone known here; expected "Europe/Berlin"`),
  )
}

/** A zone by its one name: every spelling would be kept apart by the library. */
function zoneOf(text: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

/** An expression that was read, as the library has it; it starts nothing, and asks no clock. */
export function cronOf(text: string, timezone: string): Cron {
  return new Cron(text, { mode: '5-part', paused: true, timezone: zoneOf(timezone) ?? timezone })
}
