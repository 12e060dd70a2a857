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
    case 'ended':
      return undefined
  }
}
