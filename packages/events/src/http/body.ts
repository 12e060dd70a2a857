import { decodeJson, error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Context } from 'hono'
import { bodyBytesMax, bodyMilliseconds } from '../limits.ts'

/** A body that is too large, too slow or not what it says that it is; `status` is what to answer. */
export interface BadBody extends Failure {
  readonly name: 'BadBody'
  readonly status: 400 | 408 | 413
}

/** Reads the body of a request, no more of it than may be. */
export async function readBody(c: Context): Promise<Result<Uint8Array, BadBody>> {
  const stated = Number(c.req.header('content-length') ?? 0)
  if (stated > bodyBytesMax) return error(tooLarge)
  const incoming: unknown = c.env?.incoming
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return ok(none)
  const reading = isStream(incoming) ? incoming : (c.req.raw.body ?? [])
  const parts: Uint8Array[] = []
  let length = 0
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    if (isStream(incoming)) incoming.destroy()
  }, bodyMilliseconds)
  try {
    for await (const part of reading as AsyncIterable<Uint8Array>) {
      length += part.length
      if (length > bodyBytesMax) return error(tooLarge)
      parts.push(part)
    }
  } catch {
    return error(isLate ? tooLate : cut)
  } finally {
    clearTimeout(timer)
  }
  return ok(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts))
}

const none = new Uint8Array(0)

/** The body as a value, by its content type: JSON as what it says, text as text, the rest as bytes; nothing as null. */
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
  const value = decodeJson(text)
  return 'ok' in value ? value : error(bad(value.error.message))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function isStream(value: unknown): value is AsyncIterable<Uint8Array> & { destroy(): void } {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'destroy' in value
}

function bad(problem: string): BadBody {
  return { name: 'BadBody', status: 400, message: `the body cannot be read: ${problem}` }
}

const cut = bad('it ended too early')
const tooLate: BadBody = { ...bad(`it took more than ${bodyMilliseconds / 1000} s`), status: 408 }
const tooLarge: BadBody = { ...bad(`it has more than ${bodyBytesMax} bytes`), status: 413 }
