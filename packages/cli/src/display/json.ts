import { encodeJson, type Value } from '@ipvm/ipld'
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
  const common = { run, seq, at }
  switch (event.type) {
    case 'started':
      return { type: event.type, ...common, workflow: event.workflow, labels: event.labels }
    case 'settled': {
      const { label, task, how, receipt, milliseconds, report, secret } = event
      const settled = { type: event.type, ...common, label, task, how, milliseconds, receipt: receipt.cid }
      if (secret) return { ...settled, secret }
      return { ...settled, out: receipt.out, ...(report && { report: reportValue(report) }) }
    }
    case 'retrying':
    case 'unknown':
      return { ...common, ...event, cause: { ...event.cause } }
    default:
      return { ...common, ...event }
  }
}
