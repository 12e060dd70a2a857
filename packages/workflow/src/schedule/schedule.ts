export {
  readSchedule,
  scheduleBlock,
  scheduleTag,
  type CronSchedule,
  type MissedRuns,
  type OneShotSchedule,
  type Schedule,
} from './document.ts'
export { dueRuns, missedSince, nextDue, runNonce, type DueRuns, type DueTimes } from './due.ts'
export { invalidSchedule, type InvalidSchedule } from './failure.ts'
