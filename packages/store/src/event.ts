import { CID, Float, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import type { Cause, JournalEvent, RunEnd, Settlement, TaskRecord } from './journal.ts'

/** An event as data, as it is written down and travels. */
export function eventValue(event: JournalEvent): ValueMap {
  return 'cause' in event ? { ...event, cause: { ...event.cause } } : { ...event }
}

/** Reads an event; undefined where it is none. */
export function readEvent(value: Value | undefined): JournalEvent | undefined {
  if (!isMap(value)) return undefined
  switch (value.type) {
    case 'settled': {
      const task = readTask(value)
      return task && { type: 'settled', ...task }
    }
    case 'released':
    case 'parked':
    case 'suspended':
    case 'cancelling':
      return { type: value.type }
    case 'resumed':
      return typeof value.owner === 'string' ? { type: 'resumed', owner: value.owner } : undefined
    case 'reopened':
      return isTexts(value.labels) ? { type: 'reopened', labels: value.labels } : undefined
    case 'ended':
      return isEnd(value.end) ? { type: 'ended', end: value.end } : undefined
    default:
      return readTaskEvent(value)
  }
}

/** What happens to one task before it is settled. */
function readTaskEvent(value: ValueMap): JournalEvent | undefined {
  const { type, label, task, attempt, target } = value
  const [due, until] = [numberOf(value.due), numberOf(value.until)]
  if (typeof label !== 'string') return undefined
  if (type === 'waiting') {
    return target instanceof CID && until !== undefined ? { type, label, target, until } : undefined
  }
  if (!(task instanceof CID)) return undefined
  const cause = readCause(value.cause)
  if (type === 'spawned') {
    const { receipt, tasks } = value
    return receipt instanceof CID && isCount(tasks) ? { type, label, task, receipt, tasks } : undefined
  }
  if (type === 'unknown') return cause && { type, label, task, cause }
  if (type === 'signed') {
    const { invocation } = value
    if (!(invocation instanceof CID)) return undefined
    return { type, label, task, invocation, ...(until !== undefined && { until }) }
  }
  if (type === 'away') {
    const { agent } = value
    const isWhole = typeof agent === 'string' && cause && until !== undefined
    return isWhole ? { type, label, task, agent, cause, until } : undefined
  }
  if (!isCount(attempt)) return undefined
  if (type === 'intent') return { type, label, task, attempt }
  return type === 'retrying' && cause && due !== undefined ? { type, label, task, attempt, cause, due } : undefined
}

/** Reads how a task was settled; undefined where it says nothing of that kind. */
export function readTask(value: Value): TaskRecord | undefined {
  if (!isMap(value)) return undefined
  const { label, task, how, receipt } = value
  const milliseconds = numberOf(value.milliseconds)
  if (typeof label !== 'string' || !(task instanceof CID && receipt instanceof CID)) return undefined
  return isSettlement(how) && milliseconds !== undefined ? { label, task, how, receipt, milliseconds } : undefined
}

function readCause(value: Value | undefined): Cause | undefined {
  if (!isMap(value)) return undefined
  const { name, message } = value
  return typeof name === 'string' && typeof message === 'string' ? { name, message } : undefined
}

/** Whether these are texts. */
export function isTexts(value: Value | undefined): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

/** Whether it is a number to count with. */
export function isCount(value: Value | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** The number, where it is one, and none below zero. */
export function numberOf(value: Value | undefined): number | undefined {
  const number = value instanceof Float ? value.value : value
  return typeof number === 'number' && number >= 0 ? number : undefined
}

/** Whether a run can end like that. */
function isEnd(value: Value | undefined): value is RunEnd {
  return value === 'ok' || value === 'failed' || value === 'cancelled'
}

const settlements: readonly unknown[] = [
  'ran',
  'reused',
  'failed',
  'caught',
  'skipped',
  'withdrawn',
] satisfies readonly Settlement[]

function isSettlement(value: Value | undefined): value is Settlement {
  return settlements.includes(value)
}
