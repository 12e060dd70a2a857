import { blockOf, CID, decode, error, isMap, ok, type Block, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { UnixSeconds } from '@ipvm/ucan'
import { scheduleNonceBytesMax, scheduleTimeMax } from '../limits.ts'
import { readCron, readTimezone } from './cron.ts'
import { invalidSchedule, type InvalidSchedule } from './failure.ts'

/**
 * What becomes of times at which nobody was there to run it: one run stands for all of them, none is made up for, or
 * each is.
 */
export type MissedRuns = 'once' | 'skip' | 'all'

interface CommonFields {
  readonly workflow: CID
  readonly missed: MissedRuns
  /** Makes another schedule of the same fields; it may be empty. */
  readonly nonce: Uint8Array
}

/** A workflow that is due again and again. */
export interface CronSchedule extends CommonFields {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string
  /** By whose clock, as the IANA names it; UTC where it is absent. */
  readonly timezone?: string
}

/** A workflow that is due once. */
export interface OneShotSchedule extends CommonFields {
  readonly at: UnixSeconds
}

/** When a workflow is to be run; its CID names it. */
export type Schedule = CronSchedule | OneShotSchedule

/** The key that says what the map holds, and in which version. */
export const scheduleTag = 'ipvm/schedule@1'

const known = ['workflow', 'cron', 'timezone', 'at', 'missed', 'nonce']

/** The schedule's block; its CID is the schedule's name. */
export function scheduleBlock(schedule: Schedule): Block {
  const { workflow, missed, nonce } = schedule
  const when: ValueMap =
    'at' in schedule
      ? { at: schedule.at }
      : { cron: schedule.cron, ...(schedule.timezone !== undefined && { timezone: schedule.timezone }) }
  return blockOf({ [scheduleTag]: { workflow, ...when, missed, nonce } })
}

/** Reads a schedule from its block. Failure: `InvalidSchedule`, with the field. */
export function readSchedule(bytes: Uint8Array): Result<Schedule, InvalidSchedule> {
  const value = decode(bytes)
  if ('error' in value) return error(invalidSchedule('', value.error.message))
  const document = value.ok
  const inner = isMap(document) ? document[scheduleTag] : undefined
  if (!isMap(document) || !isMap(inner) || Object.keys(document).length !== 1) {
    return error(invalidSchedule('', `not a schedule: expected {"${scheduleTag}": {"workflow": …}}`))
  }
  const unknown = Object.keys(inner).find(field => !known.includes(field))
  if (unknown !== undefined) return error(invalidSchedule(unknown, `unknown field; known here: ${known.join(', ')}`))
  const { workflow, missed, nonce } = inner
  if (!(workflow instanceof CID)) return error(invalidSchedule('workflow', 'expected a link to a workflow'))
  if (missed !== 'once' && missed !== 'skip' && missed !== 'all') {
    return error(invalidSchedule('missed', 'expected "once", "skip" or "all"'))
  }
  if (!(nonce instanceof Uint8Array) || nonce.length > scheduleNonceBytesMax) {
    return error(invalidSchedule('nonce', `expected bytes, at most ${scheduleNonceBytesMax}`))
  }
  const when = readWhen(inner)
  return 'error' in when ? when : ok({ workflow, ...when.ok, missed, nonce })
}

type When = Pick<CronSchedule, 'cron' | 'timezone'> | Pick<OneShotSchedule, 'at'>

function readWhen({ cron, timezone, at }: ValueMap): Result<When, InvalidSchedule> {
  if ((cron === undefined) === (at === undefined)) {
    return error(invalidSchedule('', 'expected either "cron" or "at"'))
  }
  if (at !== undefined) {
    if (timezone !== undefined)
      return error(invalidSchedule('timezone', 'belongs to "cron"; "at" is seconds since 1970'))
    return isTime(at)
      ? ok({ at })
      : error(invalidSchedule('at', 'expected whole seconds since 1970, until the year 9999'))
  }
  const expression = typeof cron === 'string' ? readCron(cron) : error(invalidSchedule('cron', 'expected text'))
  if ('error' in expression) return expression
  if (timezone === undefined) return ok({ cron: expression.ok })
  const zone =
    typeof timezone === 'string' ? readTimezone(timezone) : error(invalidSchedule('timezone', 'expected text'))
  return 'error' in zone ? zone : ok({ cron: expression.ok, timezone: zone.ok })
}

function isTime(value: Value): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= scheduleTimeMax
}
