import type { Value } from '@ipvm/ipld'

/** A command: lowercase segments, each led by a slash (UCAN Delegation § Command). */
export type Command = `/${string}`

/** Whether a text is a command: it starts with `/`, has no empty segment, no trailing `/`, no upper case. */
export function isCommand(text: Value): text is Command {
  if (typeof text !== 'string' || !text.startsWith('/')) return false
  if (text === '/') return true
  return text === text.toLowerCase() && !text.slice(1).split('/').includes('')
}
