import { encodeJson, type Value, type ValueMap } from '@ipvm/ipld'
import type { RunEvent } from '@ipvm/runtime'
import type { Display } from './display.ts'
import { reportValue } from './usage.ts'

/** One DAG-JSON object a line for each thing that happens: for programs. */
export function jsonDisplay(write: (text: string) => void): Display {
  return {
    begin: () => {},
    settled: () => {},
    event: event => write(`${encodeJson(eventValue(event))}\n`),
    end: () => {},
  }
}

/** An event for programs; of what comes of a secret, no value. */
export function eventValue({ run, seq, at, ...event }: RunEvent): Value {
  const common = { type: event.type, run, seq, at }
  switch (event.type) {
    case 'settled': {
      const { label, task, how, receipt, milliseconds, report, secret } = event
      const settled = { ...common, label, how, milliseconds, receipt: receipt.cid }
      if (secret) return { ...settled, secret }
      return { ...settled, task, out: receipt.out, ...(report && { report: reportValue(report) }) }
    }
    // The name of a task may be one that a secret could be guessed from; once it is settled, that is known.
    case 'running':
    case 'intent':
    case 'signed':
      return withoutTask({ ...common, ...event })
    case 'away':
    case 'retrying':
    case 'unknown':
      return withoutTask({ ...common, ...event, cause: { ...event.cause } })
    default:
      return { ...common, ...event }
  }
}

function withoutTask({ task: _, ...rest }: ValueMap): ValueMap {
  return rest
}
