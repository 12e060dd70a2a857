import {
  CID,
  encodeJson,
  error,
  isMap,
  ok,
  readFile,
  type Failure,
  type GetBlock,
  type Result,
  type Value,
} from '@ipvm/ipld'
import { answerBytesMax, headerLengthMax, headersMax } from '../limits.ts'

/** What a workflow gave is no answer that can be sent. */
export interface BadAnswer extends Failure {
  readonly name: 'BadAnswer'
}

/** What goes back over HTTP. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | string
}

/**
 * What a workflow gave as an answer: `{status, headers?, body?}` is what it says; anything else is JSON, but for text and
 * bytes, which are themselves. Failure: `BadAnswer`.
 */
export async function answerOf(value: Value, getBlock: GetBlock): Promise<Result<Answer, BadAnswer>> {
  if (!isAnswer(value)) return content(value, getBlock, 200, {})
  const { status, headers = {}, body = null } = value
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599) {
    return bad('its status is no number from 200 to 599')
  }
  const read = readHeaders(headers)
  return 'error' in read ? read : content(body, getBlock, Number(status), read.ok)
}

function isAnswer(value: Value): value is { readonly [key: string]: Value } {
  if (!isMap(value) || typeof value.status !== 'number') return false
  return Object.keys(value).every(key => key === 'status' || key === 'headers' || key === 'body')
}

async function content(
  body: Value,
  getBlock: GetBlock,
  status: number,
  headers: Readonly<Record<string, string>>,
): Promise<Result<Answer, BadAnswer>> {
  const made = await bytesOf(body, getBlock)
  if ('error' in made) return made
  const { bytes, type } = made.ok
  if (bytes.length > answerBytesMax) return bad(`its body has more than ${answerBytesMax} bytes`)
  const isBare = status === 204 || status === 304
  const own = isBare || type === undefined || 'content-type' in headers ? {} : { 'content-type': type }
  return ok({ status, headers: { ...own, ...headers }, body: isBare ? '' : bytes })
}

type Made = { readonly bytes: Uint8Array<ArrayBuffer> | string; readonly type?: string }

async function bytesOf(body: Value, getBlock: GetBlock): Promise<Result<Made, BadAnswer>> {
  if (body === null) return ok({ bytes: '' })
  if (typeof body === 'string') return ok({ bytes: body, type: 'text/plain; charset=utf-8' })
  if (body instanceof Uint8Array) return ok({ bytes: new Uint8Array(body), type: binary })
  if (!(body instanceof CID)) return ok({ bytes: encodeJson(body), type: 'application/json' })
  // Large bytes are kept as a file, and are bytes to whoever asks.
  const file = await readFile(body, getBlock)
  return 'ok' in file ? ok({ bytes: new Uint8Array(file.ok), type: binary }) : bad(file.error.message)
}

const binary = 'application/octet-stream'

/** Headers as a map, or as a list of pairs, which is how many guests have them. What makes two of one is refused. */
function readHeaders(value: Value): Result<Readonly<Record<string, string>>, BadAnswer> {
  const pairs: readonly (readonly [Value, Value])[] = isMap(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? value.map((pair: Value) => (Array.isArray(pair) && pair.length === 2 ? [pair[0], pair[1]] : [null, null]))
      : [[null, null]]
  if (pairs.length > headersMax) return bad(`it has more than ${headersMax} headers`)
  const headers: Record<string, string> = {}
  for (const [name, text] of pairs) {
    if (typeof name !== 'string' || typeof text !== 'string') return bad('its headers are no texts by their names')
    const key = name.toLowerCase()
    if (!/^[a-z0-9-]{1,64}$/.test(key) || hop.has(key)) return bad(`its header "${name.slice(0, 64)}" may not be sent`)
    if (text.length > headerLengthMax || !/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      return bad(`its header ${key} holds what may not be sent`)
    }
    headers[key] = text
  }
  return ok(headers)
}

/** Those that belong to the connection are the server's own. */
const hop: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'content-length',
    'keep-alive',
    'proxy-authenticate',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
])

function bad(problem: string): { readonly error: BadAnswer } {
  return error({ name: 'BadAnswer', message: `the workflow's answer cannot be sent: ${problem}` })
}
