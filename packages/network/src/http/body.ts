import { bodyBytesPerSecondMin, bodyIdleMax, roomAheadMax, shortBodyBytesMax } from '../limits.ts'
import type { NetworkWorld } from '../world.ts'

/** Why a body was not read to its end. */
export type BodyProblem = 'TooLarge' | 'TooSlow' | 'Cut'

/** A body is not read on; `problem` says why. Thrown by {@link chunksOf}, since it is a stream. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly problem: BodyProblem

  constructor(problem: BodyProblem) {
    super(`the body is ${problem}`)
    this.problem = problem
  }
}

/** How a body may come. */
export interface BodyLimits {
  readonly bytesMax: number
  /** Without it, a slow body is waited for: the caller has its own patience. */
  readonly world?: Pick<NetworkWorld, 'after' | 'milliseconds'>
}

/** The same bytes for those who want no shared memory; copied only where they are in such. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : bytes.slice()
}

/** How many bytes an answer says that it has; nothing where it does not say. */
export function sizeOf(headers: Headers): number | undefined {
  const text = headers.get('content-length')
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

type Stream = ReadableStream<Uint8Array<ArrayBuffer>>

/**
 * The pieces of a body, while they come: not one more than the limit, and not one that is waited for too long.
 *
 * @throws BodyError
 */
export async function* chunksOf(body: Stream | null, { bytesMax, world }: BodyLimits): AsyncGenerator<Uint8Array> {
  if (!body) return
  const reader = body.getReader()
  const start = world?.milliseconds() ?? 0
  let size = 0
  try {
    for (;;) {
      const { done, value } = await nextChunk(reader, world)
      if (done) return
      size += value.length
      if (size > bytesMax) throw new BodyError('TooLarge')
      const spent = (world?.milliseconds() ?? 0) - start - bodyIdleMax
      if (spent > 0 && size < (spent / 1000) * bodyBytesPerSecondMin) throw new BodyError('TooSlow')
      yield value
    }
  } finally {
    // Also when nobody reads on: a body that is left half read keeps its connection busy.
    await reader.cancel().catch(() => undefined)
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  world: BodyLimits['world'],
): Promise<Awaited<ReturnType<typeof reader.read>>> {
  const late = Promise.withResolvers<never>()
  const cancel = world?.after(bodyIdleMax, () => late.reject(new BodyError('TooSlow')))
  const read = reader.read().catch(() => {
    throw new BodyError('Cut')
  })
  try {
    return await (world ? Promise.race([read, late.promise]) : read)
  } finally {
    cancel?.()
  }
}

/**
 * A whole body, or why it was not read.
 *
 * @param size what is said of how many bytes it has, so that they are put together while they come; nothing relies on it
 */
export async function readBody(
  body: Stream | null,
  limits: BodyLimits,
  size?: number,
): Promise<Uint8Array | BodyProblem> {
  const chunks: Uint8Array[] = []
  let room = size !== undefined && size <= Math.min(limits.bytesMax, roomAheadMax) ? new Uint8Array(size) : undefined
  let filled = 0
  try {
    for await (const chunk of chunksOf(body, limits)) {
      if (room && filled + chunk.length <= room.length) {
        room.set(chunk, filled)
        filled += chunk.length
        continue
      }
      // There is more of it than was said.
      if (room) chunks.push(room.subarray(0, filled))
      room = undefined
      chunks.push(chunk)
    }
    if (room) return filled === room.length ? room : room.subarray(0, filled)
  } catch (thrown) {
    if (thrown instanceof BodyError) return thrown.problem
    throw thrown
  }
  const [only] = chunks
  if (only && chunks.length === 1) return only
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/**
 * The whole body of a request. One that says that it is short is read at one go, which costs a fraction of a stream; it
 * has as long as the slowest stream of so many bytes.
 *
 * @param size what the request says that it has
 */
export async function readRequestBody(
  request: Request,
  size: number | undefined,
  { bytesMax, world }: Required<BodyLimits>,
): Promise<Uint8Array | BodyProblem> {
  if (size === undefined || size > shortBodyBytesMax) return readBody(request.body, { bytesMax, world })
  const { promise, resolve } = Promise.withResolvers<Uint8Array | BodyProblem>()
  const cancel = world.after(bodyIdleMax + (size / bodyBytesPerSecondMin) * 1000, () => resolve('TooSlow'))
  request.arrayBuffer().then(
    bytes => resolve(bytes.byteLength > bytesMax ? 'TooLarge' : new Uint8Array(bytes)),
    () => resolve('Cut'),
  )
  try {
    return await promise
  } finally {
    cancel()
  }
}

/**
 * A stream of what an iterable gives, as fast as it is read. Who does not read for too long is let go of; whoever has
 * stopped reading ends the iterable.
 *
 * @param ended told once, when the stream is over for whatever reason, also while the iterable is being waited for
 */
export function streamOf(
  chunks: AsyncIterable<Uint8Array>,
  world: Pick<NetworkWorld, 'after'>,
  ended: () => void = () => {},
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  let cancel = () => {}
  const end = () => {
    cancel()
    ended()
    // Returns only when what is being waited for has come; `ended` may see to that.
    void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        cancel()
        try {
          const { done, value } = await iterator.next()
          if (done) {
            controller.close()
            return end()
          }
          controller.enqueue(value)
        } catch (thrown) {
          end()
          throw thrown
        }
        cancel = world.after(bodyIdleMax, () => {
          end()
          controller.error(new BodyError('TooSlow'))
        })
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
