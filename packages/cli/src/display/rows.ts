import type { RunEvent } from '@ipvm/runtime'
import type { TaskRecord } from '@ipvm/store'
import { printable } from '../output.ts'
import { failureOf, type Phase } from './display.ts'

/** A task of a run as it is drawn. */
export interface Row {
  readonly label: string
  phase: Phase
  /** When its work began, on the clock of `performance`. */
  since: number
  milliseconds: number
  receipt: string
  why: string
}

/** The tasks of a run by their labels, as its events tell of them. */
export type Rows = Map<string, Row>

function rowOf(rows: Rows, label: string): Row {
  const known = rows.get(label)
  if (known) return known
  const row: Row = { label, phase: 'waiting', since: 0, milliseconds: 0, receipt: '', why: '' }
  rows.set(label, row)
  return row
}

/** What was settled before anyone watched. */
export function applyRecord(rows: Rows, { label, how, milliseconds, receipt }: TaskRecord): void {
  Object.assign(rowOf(rows, label), { phase: how, milliseconds, receipt: receipt.toString() })
}

/** Brings the rows to where an event says they are. */
export function applyEvent(rows: Rows, event: RunEvent): void {
  switch (event.type) {
    case 'started':
      for (const label of event.labels) rowOf(rows, label)
      break
    case 'running':
    case 'intent':
    case 'signed':
      Object.assign(rowOf(rows, event.label), { phase: 'running', since: performance.now(), why: '' })
      break
    case 'settled': {
      const { label, how, milliseconds, receipt } = event
      const why = failureOf(event) ?? ''
      Object.assign(rowOf(rows, label), { phase: how, milliseconds, receipt: receipt.cid.toString(), why })
      break
    }
    case 'retrying':
    case 'unknown':
      Object.assign(rowOf(rows, event.label), { phase: event.type, why: printable(event.cause.message) })
      break
    case 'spawned': {
      const why = `asked for ${event.tasks} ${event.tasks === 1 ? 'task' : 'tasks'}`
      Object.assign(rowOf(rows, event.label), { phase: 'waiting', why })
      break
    }
    case 'waiting':
      Object.assign(rowOf(rows, event.label), { phase: 'waiting', why: `waits for ${event.target}` })
      break
    case 'away':
      Object.assign(rowOf(rows, event.label), { phase: 'retrying', why: printable(event.cause.message) })
      break
    case 'reopened':
      for (const label of event.labels) Object.assign(rowOf(rows, label), { phase: 'waiting', receipt: '', why: '' })
      break
    default:
      break
  }
}
