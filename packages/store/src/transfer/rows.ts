import { CID, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import { eventValue, isCount, isTexts, numberOf, readEvent } from '../event.ts'
import type { JournalEntry, KvEntry, RunStart, RunState, ScheduleRecord } from '../journal.ts'
import type { ReportRecord, Resources } from '../store.ts'

/** A report as an export holds it. */
export function reportValue({ receipt, used, limits, log, stack }: ReportRecord): ValueMap {
  return { receipt, used: { ...used }, limits: { ...limits }, log, ...(stack && { stack }) }
}

/** Reads a report of an export. */
export function readReport(value: Value): ReportRecord | undefined {
  if (!isMap(value)) return undefined
  const { receipt, log } = value
  const [used, limits] = [readResources(value.used), readResources(value.limits)]
  const isWhole = receipt instanceof CID && typeof log === 'string' && used && limits
  if (!isWhole || !(value.stack === undefined || isTexts(value.stack))) return undefined
  return { receipt, used, limits, log, ...(value.stack && { stack: value.stack }) }
}

/**
 * A run as an export holds it; the entries of its journal follow. Who ran it is a process of another machine, and says
 * nothing here. `isWhole`: nothing that is to be known to go on with it was left out.
 */
export function runValue(state: RunState, entries: number, isWhole: boolean): ValueMap {
  const { run, invocation, delegations, workflow, name, tasks, at } = state
  const named = { run, invocation, delegations, workflow, ...(name !== undefined && { name }) }
  return { ...named, tasks, at, entries, whole: isWhole }
}

/** A run of an export, and how many entries of its journal follow. */
export interface ImportedRun {
  readonly start: Omit<RunStart, 'owner'>
  readonly entries: number
  readonly isWhole: boolean
}

/** Reads a run of an export. */
export function readRun(value: Value): ImportedRun | undefined {
  if (!isMap(value)) return undefined
  const { run, invocation, delegations, workflow, name, tasks, at, entries, whole } = value
  if (!(run instanceof CID && invocation instanceof CID && workflow instanceof CID)) return undefined
  if (!isLinks(delegations) || !isCount(tasks) || !isCount(at)) return undefined
  if (!isCount(entries) || typeof whole !== 'boolean') return undefined
  if (!(name === undefined || typeof name === 'string')) return undefined
  const start = { run, invocation, delegations, workflow, ...(name !== undefined && { name }), tasks, at }
  return { start, entries, isWhole: whole }
}

/** An entry of a journal as an export holds it. */
export function entryValue({ at, event }: JournalEntry): ValueMap {
  return { at, event: eventValue(event) }
}

/** An entry of a journal of an export; its number is its place. */
export type ImportedEntry = Omit<JournalEntry, 'run' | 'seq'>

/** Reads an entry of a journal of an export. */
export function readEntry(value: Value): ImportedEntry | undefined {
  if (!isMap(value) || !isCount(value.at)) return undefined
  const event = readEvent(value.event)
  return event && { at: value.at, event }
}

/** A schedule as an export holds it. When it is due is the business of the machine that it is on. */
export function scheduleValue({ schedule, workflow, last, missed }: ScheduleRecord): ValueMap {
  return { schedule, workflow, ...(last !== undefined && { last }), missed }
}

/** Reads a schedule of an export. */
export function readSchedule(value: Value): ScheduleRecord | undefined {
  if (!isMap(value)) return undefined
  const { schedule, workflow, last, missed } = value
  if (!(schedule instanceof CID && workflow instanceof CID) || !isCount(missed)) return undefined
  if (last === undefined) return { schedule, workflow, missed }
  return isCount(last) ? { schedule, workflow, last, missed } : undefined
}

/** Reads a key with its value of an export. */
export function readKv(value: Value): KvEntry | undefined {
  if (!isMap(value)) return undefined
  const { key, value: bytes, version } = value
  if (typeof key !== 'string' || !(bytes instanceof Uint8Array) || !isCount(version)) return undefined
  return { key, value: bytes, version }
}

function readResources(value: Value | undefined): Resources | undefined {
  if (!isMap(value)) return undefined
  const [gas, memory, output, disk] = [value.gas, value.memory, value.output, value.disk]
  const time = numberOf(value.time)
  const isWhole = isCount(gas) && isCount(memory) && isCount(output) && isCount(disk)
  return isWhole && time !== undefined ? { gas, memory, output, disk, time } : undefined
}

function isLinks(value: Value | undefined): value is CID[] {
  return Array.isArray(value) && value.every(item => item instanceof CID)
}
