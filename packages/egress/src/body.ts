import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { error, ok, type Result } from '@ipvm/ipld'
import type { EgressFailure, EgressRequest } from './egress.ts'
import { codeOf, Failed, failure, messageOf } from './failure.ts'
import type { Stop } from './stop.ts'

/** What bounds the reading of a body. */
export interface BodyBounds {
  readonly method: EgressRequest['method']
  readonly bytesMax: number
  /** Milliseconds between two pieces. */
  readonly idle: number
  readonly stop: Stop
}

/** Whether a body comes in another form than it is meant. */
export function isEncoded({ headers }: IncomingMessage): boolean {
  return encodingOf(headers['content-encoding']) !== 'identity'
}

/** Reads the body of an answer, decoded; no more than `bytesMax` bytes, as they come and as they are decoded. */
export async function readBody(
  incoming: IncomingMessage,
  bounds: BodyBounds,
): Promise<Result<Uint8Array, EgressFailure>> {
  const { method, bytesMax, stop } = bounds
  const length = Number(incoming.headers['content-length'] ?? 0)
  if (length > bytesMax && method !== 'HEAD') return drop(incoming, tooLarge(bytesMax, `${length} bytes`))
  const decoded = decoderOf(incoming, method)
  if (!decoded) {
    const encoding = incoming.headers['content-encoding']
    return drop(incoming, lost('MalformedResponse', `the body is encoded as "${encoding}", which nobody asked for`))
  }
  try {
    watch(incoming, bounds)
    const pieces: Uint8Array[] = []
    let total = 0
    for await (const piece of decoded) {
      if (!(piece instanceof Uint8Array)) throw new Error('a stream of bytes gives bytes')
      total += piece.length
      if (total > bytesMax) return drop(incoming, tooLarge(bytesMax, 'more'))
      pieces.push(piece)
    }
    // A body that ends with its connection also ends, well as it seems, where we end that.
    return stop.why ? drop(incoming, { ...stop.why, sent: true }) : ok(joined(pieces, total))
  } catch (thrown) {
    return drop(incoming, stop.why ? { ...stop.why, sent: true } : failureOf(thrown))
  } finally {
    stop.pause()
  }
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** Counts what comes, before it is decoded: a bomb may be made of what decodes to nothing. */
function watch(incoming: IncomingMessage, { bytesMax, idle, stop }: BodyBounds): void {
  let came = 0
  stop.begin(idle, 'the next piece of the answer')
  incoming.on('data', (piece: Uint8Array) => {
    came += piece.length
    if (came > bytesMax) incoming.destroy(new Failed(tooLarge(bytesMax, 'more')))
    else stop.begin(idle, 'the next piece of the answer')
  })
}

function decoderOf(incoming: IncomingMessage, method: EgressRequest['method']): Readable | undefined {
  const encoding = encodingOf(incoming.headers['content-encoding'])
  const isEmpty = method === 'HEAD' || incoming.statusCode === 204 || incoming.statusCode === 304
  if (encoding === 'identity' || isEmpty) return incoming
  const decoder = encoding === 'gzip' ? createGunzip() : encoding === 'br' ? createBrotliDecompress() : undefined
  if (!decoder) return undefined
  incoming.once('error', thrown => decoder.destroy(thrown))
  return incoming.pipe(decoder)
}

function encodingOf(header: string | undefined): string {
  const name = header?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return 'identity'
  return name === 'x-gzip' ? 'gzip' : name
}

/** Its connection is closed: what else comes of the body is read by nobody. */
function drop(incoming: IncomingMessage, why: EgressFailure): Result<Uint8Array, EgressFailure> {
  incoming.on('error', () => {}).destroy()
  return error(incoming.statusCode === undefined ? why : { ...why, status: incoming.statusCode })
}

function failureOf(thrown: unknown): EgressFailure {
  if (thrown instanceof Failed) return thrown.failure
  const code = codeOf(thrown)
  const isMalformed = code.startsWith('Z_') || code.startsWith('HPE_') || code.startsWith('ERR__ERROR_FORMAT')
  if (isMalformed) return lost('MalformedResponse', `the body is not what its headers say: ${messageOf(thrown)}`)
  return lost('Cut', `the connection was lost before the end of the body: ${messageOf(thrown)}`)
}

function tooLarge(bytesMax: number, what: string): EgressFailure {
  return lost('ResponseTooLarge', `the body has ${what}, where ${bytesMax} bytes are allowed; raise "bytesMax"`)
}

function lost(name: EgressFailure['name'], message: string): EgressFailure {
  return failure(name, message, true)
}
