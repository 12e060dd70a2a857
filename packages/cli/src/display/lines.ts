import type { RunEvent } from '@ipvm/runtime'
import { printable } from '../output.ts'
import { eventText } from '../view/journal.ts'
import { duration, failureOf, type Display } from './display.ts'

/** One plain line for each thing that happens: for pipes, logs and CI. */
export function linesDisplay(write: (text: string) => void): Display {
  return {
    begin: title => write(`${printable(title)}\n`),
    settled: records => {
      if (records.length > 0)
        write(`  ${records.length} ${records.length === 1 ? 'task was' : 'tasks were'} settled before\n`)
    },
    event: event => {
      const line = lineOf(event)
      if (line !== undefined) write(`  ${line}\n`)
    },
    end: () => {},
  }
}

function lineOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'started':
      return `workflow ${event.workflow}, ${event.labels.length} tasks waiting: ${event.labels.slice(0, 20).map(printable).join(', ')}`
    case 'running':
      return `${printable(event.label)} running`
    case 'settled': {
      const { label, how, milliseconds, receipt } = event
      const why = failureOf(event)
      return `${printable(label)} ${how} ${duration(milliseconds)} ${receipt.cid}${why === undefined ? '' : `: ${why}`}`
    }
    case 'spawned':
    case 'away':
    case 'retrying':
    case 'waiting':
    case 'unknown':
    case 'reopened':
    case 'cancelling':
      return eventText(event, event.at)
    default:
      return undefined
  }
}
