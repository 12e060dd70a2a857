import type { Value } from '@ipvm/ipld'

/** A command: lowercase segments, each led by a slash (UCAN Delegation § Command). */
export type Command = `/${string}`

/** Whether a text is a command: it starts with `/`, has no empty segment, no trailing `/`, no upper case, no control
 * characters. */
export function isCommand(text: Value): text is Command {
  if (typeof text !== 'string' || !text.startsWith('/')) return false
  if (text === '/') return true
  return text === text.toLowerCase() && !text.endsWith('/') && !text.includes('//') && !/\p{Cc}/u.test(text)
}

/**
 * Whether authority over `wide` includes `narrow`: segment by segment, so `/crypto` covers `/crypto/sign` and not
 * `/cryptocurrency`; `/` covers everything (UCAN Delegation § Command, Attenuation).
 */
export function covers(wide: Command, narrow: Command): boolean {
  if (wide === narrow || wide === '/') return true
  return narrow.length > wide.length && narrow[wide.length] === '/' && narrow.startsWith(wide)
}
