import type { RunEvent } from '@ipvm/runtime'
import { duration, type Display } from './display.ts'
import { printable } from '../output.ts'

/** One plain line for each thing that happens: for pipes, logs and CI. */
export function linesDisplay(write: (text: string) => void): Display {
  return {
    begin: title => write(`${title}\n`),
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
      const why = 'error' in receipt.out ? `: ${printable(receipt.out.error.message)}` : ''
      return `${printable(label)} ${how} ${duration(milliseconds)} ${receipt.cid}${why}`
    }
    case 'retrying': {
      const { label, attempt, cause, due, at } = event
      return `${printable(label)} failed (attempt ${attempt}), again in ${duration(due - at)}: ${printable(cause.message)}`
    }
    case 'waiting':
      return `${printable(event.label)} waits for ${event.target}, a task that nobody has had done here, until ${time(event.until)}`
    case 'unknown':
      return `${printable(event.label)} unknown: ${printable(event.cause.message)}`
    case 'released':
      return 'nothing failed: mutations released'
    default:
      return undefined
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 19)
}
