import type { UnixSeconds } from '@ipvm/ucan'
import type { ScheduleRecord } from './journal.ts'
import type { DueSchedules } from './store.ts'

/** Which of some schedules are due, and when the next is. */
export function dueAt(schedules: readonly ScheduleRecord[], now: UnixSeconds): DueSchedules {
  const due = schedules.filter(record => record.due !== undefined && record.due <= now)
  const later = schedules.flatMap(record => (record.due !== undefined && record.due > now ? [record.due] : []))
  const next = later.reduce<number | undefined>(
    (least, at) => (least === undefined || at < least ? at : least),
    undefined,
  )
  return { due: due.sort((a, b) => (a.due ?? 0) - (b.due ?? 0)), ...(next !== undefined && { next }) }
}
