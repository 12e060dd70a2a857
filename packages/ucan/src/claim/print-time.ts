import type { UnixSeconds } from './claim.ts'

/** The last second that a calendar date can be made of. */
const calendarMax = 8.64e12

/** A time for people, in UTC; a token may hold any integer, and not all of them are dates (UCAN § Time Bounds). */
export function printTime(time: UnixSeconds): string {
  if (Math.abs(time) > calendarMax) return `${time} seconds`
  return `${new Date(time * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.000Z$/, '')} UTC`
}
