import type { UnixSeconds } from './claim.ts'

/** The last second that a calendar date can be made of. */
const calendarMax = 8.64e12

/** A time for people, in UTC; a token may hold any integer, and not all of them are dates (UCAN § Time Bounds). */
export function printTime(time: UnixSeconds): string {
  return Math.abs(time) > calendarMax ? `${time} s` : `${new Date(time * 1000).toISOString().slice(0, -8)}Z`
}
