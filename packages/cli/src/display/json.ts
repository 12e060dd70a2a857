import { encodeJson, type Value } from '@ipvm/ipld'
import type { RunEvent } from '@ipvm/runtime'
import type { Display } from './display.ts'
import { reportValue } from './usage.ts'

/** One DAG-JSON object a line for each thing that happens: for programs. */
export function jsonDisplay(write: (text: string) => void): Display {
  return {
    begin: () => {},
    event: event => write(`${encodeJson(eventValue(event))}\n`),
    end: () => {},
  }
}

function eventValue(event: RunEvent): Value {
  switch (event.type) {
    case 'started':
      return { type: event.type, run: event.run, workflow: event.workflow, labels: event.labels }
    case 'running':
      return { type: event.type, label: event.label, task: event.task }
    case 'settled': {
      const { label, task, how, receipt, milliseconds, report } = event
      const settled = { type: event.type, label, task, how, milliseconds, receipt: receipt.cid, out: receipt.out }
      return report ? { ...settled, report: reportValue(report) } : settled
    }
    case 'ended':
      return { type: event.type, end: event.end }
    default: {
      const { run: _, ...said } = event
      return { ...said }
    }
  }
}
