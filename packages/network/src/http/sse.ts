import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { eventLengthMax } from '../limits.ts'

/** An event of a stream (HTML § Server-sent events). */
export interface SseEvent {
  readonly event: string
  readonly data: string
  readonly id?: string
}

/** The stream is not one of events, or one is too long. */
export interface MalformedStream extends Failure {
  readonly name: 'MalformedStream'
}

/** The text of an event. Its name and id have no line breaks, which whoever made them sees to. */
export function writeEvent({ event, data, id }: SseEvent): string {
  const lines = data.split('\n').map(line => `data: ${line}\n`)
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${lines.join('')}\n`
}

/** What an idle stream says, so that both sides know that the other is there. */
export const heartbeat = ':\n\n'

/** What a stream says before it ends though more may come: after how many milliseconds one may come again. */
export function comeAgain(milliseconds: number): string {
  return `retry: ${milliseconds}\n\n`
}

/** Reads events as their bytes come in, in any pieces. Held is one event. */
export class EventParser {
  readonly #decoder = new TextDecoder()
  #text = ''
  #data: string[] = []
  #length = 0
  #event = 'message'
  #id: string | undefined

  /** Takes the next bytes; gives the events that they complete. Failure: `MalformedStream`. */
  push(bytes: Uint8Array): Result<readonly SseEvent[], MalformedStream> {
    const events: SseEvent[] = []
    const lines = (this.#text + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    this.#text = lines.pop() ?? ''
    if (this.#text.length > eventLengthMax) return error(tooLong)
    for (const line of lines) {
      const event = this.#take(line)
      if (event === 'too long') return error(tooLong)
      if (event) events.push(event)
    }
    return ok(events)
  }

  #take(line: string): SseEvent | 'too long' | undefined {
    if (line === '') return this.#complete()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    this.#length += value.length
    if (this.#length > eventLengthMax) return 'too long'
    if (field === 'data') this.#data.push(value)
    else if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #complete(): SseEvent | undefined {
    const [data, event, id] = [this.#data, this.#event, this.#id]
    this.#data = []
    this.#event = 'message'
    this.#length = 0
    return data.length === 0 ? undefined : { event, data: data.join('\n'), ...(id !== undefined && { id }) }
  }
}

const tooLong: MalformedStream = {
  name: 'MalformedStream',
  message: `an event of more than ${eventLengthMax} characters`,
}
