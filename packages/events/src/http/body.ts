import { asValue, decodePlainJson, error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Context } from 'hono'
import { bodyBytesMax, bodyDepthMax } from '../limits.ts'
import { headerOf, incomingOf, type Incoming } from './incoming.ts'

/** A body that is too large or not what it says that it is; `status` is what to answer. */
export interface BadBody extends Failure {
  readonly name: 'BadBody'
  readonly status: 400 | 413
}

/**
 * Reads the body of a request, no more of it than may be. How long it may take is the server's to say, of the request as a
 * whole.
 */
export async function readBody(c: Context): Promise<Result<Uint8Array, BadBody>> {
  const stated = Number(headerOf(c, 'content-length') ?? 0)
  if (stated > bodyBytesMax) return error(tooLarge)
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return ok(none)
  const incoming = incomingOf(c)
  return incoming ? readIncoming(incoming) : readStream(c.req.raw.body)
}

function readIncoming(incoming: Incoming): Promise<Result<Uint8Array, BadBody>> {
  const parts: Uint8Array[] = []
  let length = 0
  return new Promise(resolve => {
    incoming.on('data', part => {
      length += part.length
      // The rest is let go of as it comes.
      if (length > bodyBytesMax) resolve(error(tooLarge))
      else parts.push(part)
    })
    incoming.on('end', () => resolve(ok(joined(parts))))
    incoming.on('error', () => resolve(error(cut)))
    incoming.on('close', () => resolve(error(cut)))
  })
}

async function readStream(stream: ReadableStream<Uint8Array> | null): Promise<Result<Uint8Array, BadBody>> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of stream ?? []) {
      length += part.length
      if (length > bodyBytesMax) return error(tooLarge)
      parts.push(part)
    }
  } catch {
    return error(cut)
  }
  return ok(joined(parts))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

const none = new Uint8Array(0)

/**
 * The body as a value, by its content type: JSON as what it says, text as text, the rest as bytes; nothing as null. A
 * stranger's JSON has no links: whoever follows one would give him what is in the store.
 */
export function bodyValue(body: Uint8Array, contentType: string | undefined): Result<Value, BadBody> {
  if (body.length === 0) return ok(null)
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const isJson = type === 'application/json' || type.endsWith('+json')
  if (!isJson && !type.startsWith('text/')) return ok(new Uint8Array(body))
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    return error(bad('it is not UTF-8, which its content type says'))
  }
  if (!isJson) return ok(text)
  const value = decodePlainJson(text)
  if ('error' in value) return error(bad(value.error.message))
  // It is to stand in an event, and in arguments, which nest themselves.
  return 'ok' in asValue(value.ok, bodyDepthMax) ? value : error(bad(`it nests deeper than ${bodyDepthMax}`))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function bad(problem: string): BadBody {
  return { name: 'BadBody', status: 400, message: `the body cannot be read: ${problem}` }
}

const cut = bad('it ended too early')
const tooLarge: BadBody = { ...bad(`it has more than ${bodyBytesMax} bytes`), status: 413 }
