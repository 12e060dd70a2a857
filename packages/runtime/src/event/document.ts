import { blockOf, decode, error, isMap, ok, type Block, type Failure, type Result, type Value } from '@ipvm/ipld'

/** Something that happened, in the words of CloudEvents 1.0. */
export interface Event {
  /** With `source`, its name: what comes again under it is the same event. */
  readonly id: string
  readonly source: string
  readonly type: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly data: Value
  /** How many events led to this one, one by the other, on this node; 0 of one from outside. */
  readonly depth: number
}

/** The block is no event. */
export interface MalformedEvent extends Failure {
  readonly name: 'MalformedEvent'
}

/** The key that says what the map holds, and in which version. */
const eventTag = 'ipvm/event@1'

const fields = ['data', 'depth', 'id', 'source', 'time', 'type']

/** The event's block, as it is stored and as a run names it. */
export function eventBlock({ id, source, type, time, data, depth }: Event): Block {
  return blockOf({ [eventTag]: { id, source, type, time, data, depth } })
}

/** Reads an event from its block. Failure: `MalformedEvent`. */
export function readEventBlock(bytes: Uint8Array): Result<Event, MalformedEvent> {
  const value = decode(bytes)
  if ('error' in value) return error(malformed(value.error.message))
  const document = value.ok
  const inner = isMap(document) && Object.keys(document).length === 1 ? document[eventTag] : undefined
  if (!isMap(inner)) return error(malformed(`expected {"${eventTag}": {"id": …}}`))
  if (Object.keys(inner).sort().join() !== fields.join()) return error(malformed(`its fields are ${fields.join(', ')}`))
  const { id, source, type, time, data = null, depth } = inner
  if (typeof id !== 'string' || typeof source !== 'string' || typeof type !== 'string') {
    return error(malformed('"id", "source" and "type" are texts'))
  }
  if (!isCount(time) || !isCount(depth)) return error(malformed('"time" and "depth" are whole numbers, none below 0'))
  return ok({ id, source, type, time, data, depth })
}

function isCount(value: Value | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function malformed(problem: string): MalformedEvent {
  return { name: 'MalformedEvent', message: `not an event: ${problem}` }
}
