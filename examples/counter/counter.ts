import { call, effects, promise, task, type Effects, type Value } from '@ipvm/author/effects'
import type { s32, u32 } from '@ipvm/author/types'

/** What the counter remembers. */
export interface Counter {
  readonly count: s32
  /** How many messages it has received. */
  readonly received: u32
}

/** What it is told: to count by so many, or to write down where it is. */
export type Message = { readonly tag: 'add'; readonly by: s32 } | { readonly tag: 'write'; readonly key: string }

/** What writing gives. */
export interface Written {
  readonly version: u32
}

/**
 * Receives one message, and goes on with the next: the counter that it has become stands in the task that it asks for, so
 * that its state is in its receipts and nowhere else.
 *
 * @param self the module of this function
 * @param written what came of the message before, where that was to write: it is awaited
 */
export function receive(
  self: string,
  counter: Counter,
  messages: readonly Message[],
  written: Written | null,
): Effects<Counter> {
  if (written) console.log(`written for the ${written.version}. time`)
  const [message, ...more] = messages
  if (!message) return effects({ value: counter })
  const received = counter.received + 1
  const next = (value: Counter, before: Value) =>
    call(self, 'receive', [self, { ...value }, more.map(messageValue), before])
  if (message.tag === 'add') {
    const value = { count: counter.count + message.by, received }
    return effects({ value, join: next(value, null) })
  }
  const value = { count: counter.count, received }
  const write = task({ cmd: '/kv/put', args: { key: message.key, value: value.count } })
  return effects({ value, fork: [write], join: next(value, promise(write)) })
}

/** A message as an argument. */
function messageValue(message: Message): Value {
  return message.tag === 'add' ? { add: { by: message.by } } : { write: { key: message.key } }
}
