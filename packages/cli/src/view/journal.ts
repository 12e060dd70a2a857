import type { ValueMap } from '@ipvm/ipld'
import type { JournalEntry, JournalEvent } from '@ipvm/store'
import { duration, inSpan, span } from '../display/display.ts'
import { printable } from '../output.ts'

type Unsettling = Exclude<JournalEvent, { readonly type: 'settled' }>

/** What happened to a run, an entry a line. */
export function entryText({ seq, at, event }: JournalEntry): string {
  const time = new Date(at).toISOString().slice(11, 23)
  const text =
    event.type === 'settled'
      ? `${printable(event.label)} ${event.how} ${duration(event.milliseconds)}, receipt ${event.receipt}`
      : eventText(event, at)
  return `${String(seq).padStart(4)}  ${time}  ${text}`
}

/** What happened, in words, all but how a task was settled. */
export function eventText(event: Unsettling, at: number): string {
  switch (event.type) {
    case 'intent':
      return `${printable(event.label)} is asked for, attempt ${event.attempt}`
    case 'spawned': {
      const { label, tasks, receipt } = event
      return `${printable(label)} asks for ${tasks === 1 ? 'a task, which joins' : `${tasks} tasks, which join`} the run, receipt ${receipt}`
    }
    case 'retrying': {
      const { label, attempt, cause, due } = event
      const why = `${cause.name}: ${cause.message}`
      return `${printable(label)} is tried again ${inSpan(due - at)}; attempt ${attempt} failed: ${printable(why)}`
    }
    case 'waiting':
      return `${printable(event.label)} waits ${span(event.until - at)} for ${event.target}`
    case 'signed':
      return `${printable(event.label)} is asked of another agent, by the invocation ${event.invocation}`
    case 'away': {
      const { label, agent, cause, until } = event
      return `${printable(label)} waits ${span(until - at)} at most for ${printable(agent)}: ${printable(cause.message)}`
    }
    case 'unknown':
      return `${printable(event.label)} may have happened or not: ${printable(event.cause.message)}`
    case 'reopened':
      return `to be settled anew: ${event.labels.slice(0, 8).map(printable).join(', ')}${event.labels.length > 8 ? ' …' : ''}`
    case 'released':
      return 'its mutations may be asked for'
    case 'suspended':
      return 'suspended'
    case 'parked':
      return 'nothing more goes on until a person says how its unknown mutations ended'
    case 'resumed':
      return `taken up by process ${printable(event.owner)}`
    case 'cancelling':
      return 'is to be cancelled'
    case 'ended':
      return `ended: ${event.end}`
  }
}

/** An entry for programs. */
export function entryValue({ seq, at, event }: JournalEntry): ValueMap {
  return 'cause' in event ? { seq, at, ...event, cause: { ...event.cause } } : { seq, at, ...event }
}
