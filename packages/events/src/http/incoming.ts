import type { Context } from 'hono'

/** A request as Node has it, where it does: its headers are there without being made first, and so is its body. */
export interface Incoming extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  on(event: 'data', listener: (part: Uint8Array) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (fault: unknown) => void): unknown
}

/** The request as Node has it; nothing on other platforms. */
export function incomingOf(c: Context): Incoming | undefined {
  const incoming: unknown = c.env?.incoming
  return isIncoming(incoming) ? incoming : undefined
}

/** A header of a request, by its name in lower case. */
export function headerOf(c: Context, name: string): string | undefined {
  const incoming = incomingOf(c)
  if (!incoming) return c.req.header(name)
  const value = incoming.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function isIncoming(value: unknown): value is Incoming {
  return typeof value === 'object' && value !== null && 'headers' in value && 'on' in value
}
