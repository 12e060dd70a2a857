import { CID, Float, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import type { RunEnd, RunRecord, Settlement, TaskRecord } from '../journal.ts'
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

/** A run as an export holds it. Who ran it is a process of another machine, and says nothing here. */
export function runValue({ owner: _, settled, ...run }: RunRecord): ValueMap {
  return { ...run, settled: settled.map(task => ({ ...task })) }
}

/** A run of an export. */
export type ImportedRun = Omit<RunRecord, 'owner'>

/** Reads a run of an export. */
export function readRun(value: Value): ImportedRun | undefined {
  if (!isMap(value)) return undefined
  const { run, workflow, name, tasks, at, end, endedAt } = value
  if (!(run instanceof CID && workflow instanceof CID) || !isCount(tasks) || !isCount(at)) return undefined
  if (!(name === undefined || typeof name === 'string') || !Array.isArray(value.settled)) return undefined
  const listed: readonly Value[] = value.settled
  const settled = listed.flatMap(task => readTask(task) ?? [])
  if (settled.length < listed.length) return undefined
  const state = { run, workflow, ...(name !== undefined && { name }), tasks, at, settled }
  if (end === undefined) return state
  return isEnd(end) && isCount(endedAt) ? { ...state, end, endedAt } : undefined
}

function readTask(value: Value): TaskRecord | undefined {
  if (!isMap(value)) return undefined
  const { label, task, how, receipt } = value
  const milliseconds = numberOf(value.milliseconds)
  if (typeof label !== 'string' || !(task instanceof CID && receipt instanceof CID)) return undefined
  return isSettlement(how) && milliseconds !== undefined ? { label, task, how, receipt, milliseconds } : undefined
}

function readResources(value: Value | undefined): Resources | undefined {
  if (!isMap(value)) return undefined
  const [gas, memory, output, disk] = [value.gas, value.memory, value.output, value.disk]
  const time = numberOf(value.time)
  const isWhole = isCount(gas) && isCount(memory) && isCount(output) && isCount(disk)
  return isWhole && time !== undefined ? { gas, memory, output, disk, time } : undefined
}

function isTexts(value: Value): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function isCount(value: Value | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function numberOf(value: Value | undefined): number | undefined {
  const number = value instanceof Float ? value.value : value
  return typeof number === 'number' && number >= 0 ? number : undefined
}

function isEnd(value: Value): value is RunEnd {
  return value === 'ok' || value === 'failed' || value === 'cancelled'
}

function isSettlement(value: Value | undefined): value is Settlement {
  return value === 'ran' || value === 'reused' || value === 'failed' || value === 'skipped'
}
