import { decode, encode, type Value } from '@ipvm/ipld'
import type { Stream } from '@libp2p/interface'
import { frameBytesMax } from '../limits.ts'

const lengthBytes = 4

/** From how many bytes on that wait for their reader the other side is told to wait. */
const waitingMax = 1024 * 1024

/** How many bytes may wait to be sent before whoever writes has to wait. */
const sendingMax = 256 * 1024

/** What came is no sequence of frames, or the stream was lost. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  readonly problem: 'Cut' | 'Garbage'

  constructor(problem: 'Cut' | 'Garbage') {
    super(problem === 'Cut' ? 'the stream was lost' : 'what came is no frame')
    this.problem = problem
  }
}

/** A frame: its length in four bytes, then a list in DAG-CBOR. */
export function frameBytes(value: readonly Value[]): Uint8Array {
  const content = encode([...value])
  const bytes = new Uint8Array(lengthBytes + content.length)
  new DataView(bytes.buffer).setUint32(0, content.length)
  bytes.set(content, lengthBytes)
  return bytes
}

/** So many bytes of small frames are sent together. */
const togetherMax = 64 * 1024

/**
 * Writes frames, one after another; each waits until there is room for it. Frames that are written at about the same time
 * are sent together: to encrypt and to frame each by itself costs more than what is in most of them.
 */
export class FrameWriter {
  readonly #stream: Stream
  #waiting: Uint8Array[] = []
  #sent: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(stream: Stream) {
    this.#stream = stream
  }

  /** Throws FrameError where the stream is lost. */
  write(value: readonly Value[]): Promise<void> {
    this.#waiting.push(frameBytes(value))
    this.#sent ??= this.#send()
    return this.#sent
  }

  /** Sends what waits, after what was sent before it. */
  #send(): Promise<void> {
    const sent = this.#last.then(async () => {
      await soon()
      const frames = this.#waiting
      this.#waiting = []
      this.#sent = undefined
      try {
        for (const bytes of together(frames)) {
          this.#stream.send(bytes)
          await hasRoom(this.#stream)
        }
      } catch {
        throw new FrameError('Cut')
      }
    })
    this.#last = sent.catch(() => undefined)
    return sent
  }
}

/** Resolves when what is being worked at now has been. */
function soon(): Promise<void> {
  // biome-ignore lint/plugin: no time passes, and its streams are real.
  return new Promise(resolve => setImmediate(resolve))
}

/** Small frames as one piece of bytes. */
function* together(frames: readonly Uint8Array[]): Generator<Uint8Array> {
  let batch: Uint8Array[] = []
  let length = 0
  for (const frame of frames) {
    if (length > 0 && length + frame.length > togetherMax) {
      yield joined(batch, length)
      ;[batch, length] = [[], 0]
    }
    batch.push(frame)
    length += frame.length
  }
  if (length > 0) yield joined(batch, length)
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Waits until little is waiting to be sent. `onDrain` of @libp2p/utils 7.4 resolves at once, ever after it has once
 * resolved; so what is looked at is the buffer itself. Throws where the stream is lost.
 */
export async function hasRoom(stream: Stream): Promise<void> {
  while (stream.writeBufferLength > sendingMax) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const lost = () => reject(new FrameError('Cut'))
    const go = () => resolve()
    stream.addEventListener('drain', go)
    stream.addEventListener('idle', go)
    stream.addEventListener('close', lost)
    try {
      if (stream.status === 'open' || stream.status === 'closing') await promise
      else throw new FrameError('Cut')
    } finally {
      stream.removeEventListener('drain', go)
      stream.removeEventListener('idle', go)
      stream.removeEventListener('close', lost)
    }
  }
}

/**
 * The frames of a stream, as they come. A reader that is slow lets the other side wait. Ends where the other side ends
 * the stream between two frames. Throws FrameError.
 *
 * @param firstBytesMax the largest first frame, from those who have not said yet who they are
 */
export async function* readFrames(
  stream: Stream,
  firstBytesMax = frameBytesMax,
): AsyncGenerator<readonly Value[], void, undefined> {
  const incoming = new Incoming(stream)
  try {
    for (let bytesMax = firstBytesMax; ; bytesMax = frameBytesMax) {
      const head = await incoming.take(lengthBytes)
      if (!head) return
      const length = new DataView(head.buffer, head.byteOffset, lengthBytes).getUint32(0)
      if (length === 0 || length > bytesMax) throw new FrameError('Garbage')
      const content = await incoming.take(length)
      if (!content) throw new FrameError('Cut')
      const value = decode(content)
      if ('error' in value || !Array.isArray(value.ok)) throw new FrameError('Garbage')
      yield value.ok
    }
  } finally {
    incoming.stop()
  }
}

/** The bytes of a stream as they are taken. */
export class Incoming {
  readonly #stream: Stream
  #chunks: Uint8Array[] = []
  #length = 0
  /** How many bytes are being waited for. */
  #wanted = 0
  #isPaused = false
  #end: 'ended' | 'cut' | undefined
  #changed = Promise.withResolvers<void>()

  constructor(stream: Stream) {
    this.#stream = stream
    stream.addEventListener('message', this.#came)
    stream.addEventListener('remoteCloseWrite', this.#ended)
    stream.addEventListener('close', this.#closed)
    if (stream.status !== 'open') this.#end = 'cut'
  }

  /** So many bytes; nothing where the stream has ended before the first of them. Throws where it did in between. */
  async take(count: number): Promise<Uint8Array | undefined> {
    this.#wanted = count
    while (this.#length < count) {
      // What was held back comes at once; there may be some of it even where the stream is over.
      if (this.#resume()) continue
      if (this.#end === 'cut') throw new FrameError('Cut')
      if (this.#end === 'ended') {
        if (this.#length === 0) return undefined
        throw new FrameError('Cut')
      }
      await this.#changed.promise
    }
    this.#wanted = 0
    return this.#taken(count)
  }

  stop(): void {
    this.#stream.removeEventListener('message', this.#came)
    this.#stream.removeEventListener('remoteCloseWrite', this.#ended)
    this.#stream.removeEventListener('close', this.#closed)
  }

  readonly #came = ({ data }: { readonly data: Uint8Array | { subarray(): Uint8Array } }): void => {
    const chunk = data.subarray()
    this.#chunks.push(chunk)
    this.#length += chunk.length
    // A frame that is being put together goes on; what lies behind it waits.
    if (this.#length > waitingMax && this.#length >= this.#wanted && !this.#isPaused) {
      this.#isPaused = true
      this.#stream.pause()
    }
    this.#tell()
  }

  readonly #ended = (): void => {
    this.#end ??= 'ended'
    this.#tell()
  }

  readonly #closed = ({ error }: { readonly error?: Error | undefined }): void => {
    this.#end ??= error ? 'cut' : 'ended'
    this.#tell()
  }

  /** Goes on reading; false where it was never held back. */
  #resume(): boolean {
    if (!this.#isPaused) return false
    this.#isPaused = false
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
    return true
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  #taken(count: number): Uint8Array {
    const whole = new Uint8Array(count)
    let at = 0
    let used = 0
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(0, count - at)
      whole.set(part, at)
      at += part.length
      if (part.length < chunk.length) {
        this.#chunks[used] = chunk.subarray(part.length)
        break
      }
      used += 1
      if (at === count) break
    }
    this.#chunks = this.#chunks.slice(used)
    this.#length -= count
    return whole
  }
}
