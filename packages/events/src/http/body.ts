import { asValue, decodePlainJson, error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Context } from 'hono'
import { bodyBytesMax, bodyDepthMax, bodyValuesMax } from '../limits.ts'
import { headerOf, incomingOf, type Incoming } from './incoming.ts'
import { noPlace, refuse } from './refusals.ts'
import type { Room } from './room.ts'

/** A body that is too large or not what it says that it is; `status` is what to answer. */
export interface BadBody extends Failure {
  readonly name: 'BadBody'
  readonly status: 400 | 413
}

/**
 * Works with the body of a request, no more of which is read than may be, and than there is room for. How long it may take is
 * the server's to say, of the request as a whole.
 */
export async function withBody(
  c: Context,
  room: Room,
  work: (body: Uint8Array) => Promise<Response>,
): Promise<Response> {
  const parts = new Parts(room)
  try {
    const body = await readBody(c, parts)
    if (body === 'no room') return noPlace(c, 503, 'as many requests come in as there is memory for')
    return 'error' in body ? refuse(c, body.error.status, body.error.name, body.error.message) : await work(body.ok)
  } finally {
    parts.close()
  }
}

type Read = Result<Uint8Array, BadBody> | 'no room'

async function readBody(c: Context, parts: Parts): Promise<Read> {
  const stated = Number(headerOf(c, 'content-length') ?? 0)
  if (stated > bodyBytesMax) return error(tooLarge)
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return ok(none)
  const incoming = incomingOf(c)
  return incoming ? readIncoming(incoming, parts) : readStream(c.req.raw.body, parts)
}

function readIncoming(incoming: Incoming, parts: Parts): Promise<Read> {
  return new Promise(resolve => {
    incoming.on('data', part => {
      // The rest is let go of as it comes.
      const problem = parts.add(part)
      if (problem) resolve(problem)
    })
    incoming.on('end', () => resolve(ok(parts.joined())))
    incoming.on('error', () => resolve(error(cut)))
    incoming.on('close', () => resolve(error(cut)))
  })
}

async function readStream(stream: ReadableStream<Uint8Array> | null, parts: Parts): Promise<Read> {
  try {
    for await (const part of stream ?? []) {
      const problem = parts.add(part)
      if (problem) return problem
    }
  } catch {
    return error(cut)
  }
  return ok(parts.joined())
}

/** What has come of a body. */
class Parts {
  readonly #room: Room
  #parts: Uint8Array[] = []
  #length = 0
  #isClosed = false

  constructor(room: Room) {
    this.#room = room
  }

  /** Keeps a part; or says why it, and all that came before, is let go of. */
  add(part: Uint8Array): { readonly error: BadBody } | 'no room' | undefined {
    if (this.#isClosed) return undefined
    const isTooLarge = this.#length + part.length > bodyBytesMax
    if (!isTooLarge && this.#room.take(part.length)) {
      this.#parts.push(part)
      this.#length += part.length
      return undefined
    }
    this.close()
    return isTooLarge ? error(tooLarge) : 'no room'
  }

  joined(): Uint8Array {
    const [first] = this.#parts
    return this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts)
  }

  close(): void {
    this.#isClosed = true
    this.#parts = []
    this.#room.give(this.#length)
    this.#length = 0
  }
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
  if (text.length > bodyValuesMax && valuesIn(text) > bodyValuesMax) {
    return error(bad(`it has more than ${bodyValuesMax} values; send large lists as bytes or as text`))
  }
  const value = decodePlainJson(text)
  if ('error' in value) return error(bad(value.error.message))
  // It is to stand in an event, and in arguments, which nest themselves.
  return 'ok' in asValue(value.ok, bodyDepthMax) ? value : error(bad(`it nests deeper than ${bodyDepthMax}`))
}

/** How many values a text of JSON has at most: to read each takes far longer than to receive it. */
function valuesIn(text: string): number {
  let count = 1
  let isText = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (isText && c === '\\') i++
    else if (c === '"') isText = !isText
    else if (!isText && (c === ',' || c === '[' || c === '{')) count++
  }
  return count
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function bad(problem: string): BadBody {
  return { name: 'BadBody', status: 400, message: `the body cannot be read: ${problem}` }
}

const cut = bad('it ended too early')
const tooLarge: BadBody = { ...bad(`it has more than ${bodyBytesMax} bytes`), status: 413 }
