import { encodeJson, type CID } from '@ipvm/ipld'
import type { NodeObserver } from '@ipvm/node'
import type { RunEvent } from '@ipvm/runtime'
import { print, printable } from '../output.ts'
import { eventText } from '../view/journal.ts'
import { failureOf } from './display.ts'
import { eventValue } from './json.ts'

/** Tells what a node that is up does: the beginnings and ends of runs, and what goes wrong in between; programs, all of it. */
export function upDisplay(json: boolean): NodeObserver {
  const names = new Map<string, string>()
  const tell = (run: CID, text: string) => {
    print(`${time()}  ${printable(names.get(run.toString()) ?? 'unnamed')}  ${text}`)
  }
  return {
    opened: ({ state }) => {
      names.set(state.run.toString(), state.name ?? 'unnamed')
      if (!json) tell(state.run, `${state.seq === 0 ? 'begins' : 'goes on'}: ${state.run}`)
    },
    event: event => {
      const text = json ? undefined : eventLine(event)
      if (json) print(encodeJson(eventValue(event)))
      else if (text !== undefined) tell(event.run, text)
    },
    closed: run => void names.delete(run.toString()),
    committed: () => {},
  }
}

/** The time of day, as the lines of `up` begin. */
export function time(): string {
  return new Date().toISOString().slice(11, 19)
}

function eventLine(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'settled': {
      const why = event.how === 'failed' ? failureOf(event) : undefined
      return why === undefined ? undefined : `${printable(event.label)} failed: ${why}`
    }
    case 'ended':
      return `ended: ${event.end}, ${event.run}`
    case 'away':
    case 'retrying':
    case 'unknown':
    case 'suspended':
    case 'parked':
    case 'cancelling':
      return eventText(event, event.at)
    default:
      return undefined
  }
}
