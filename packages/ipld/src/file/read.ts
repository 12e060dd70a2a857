import type { CID } from '../cid.ts'
import { fileBytesMax } from '../limits.ts'
import { error, ok, type Result } from '../result.ts'
import { StreamError } from '../stream/stream-error.ts'
import type { FileFailure, GetBlock } from './block.ts'
import { malformedFile, type MalformedFile } from './node.ts'
import { walkFile, type ByteRange } from './walk.ts'

/** How a file is read as a stream. */
export interface StreamFileOptions extends ByteRange {
  /** Ends the stream: it throws the signal's reason before the next block. */
  readonly signal?: AbortSignal
}

/**
 * A file of any UnixFS layout (raw or wrapped leaves, balanced, trickle, mixed) as a stream of its bytes, every block
 * verified before its bytes are given. One block is held at a time, and the names that are still to be read.
 *
 * @param options a range of bytes; only the blocks that it touches are read
 * @throws StreamError where the file breaks off, its `failure` a {@link FileFailure} (ADR 24)
 * @throws RangeError when offset or length is negative or no whole number
 * @example
 * for await (const bytes of streamFile(cid, getBlock, { offset: 1_000_000, length: 500 })) socket.write(bytes)
 */
export async function* streamFile(
  root: CID,
  getBlock: GetBlock,
  { signal, ...range }: StreamFileOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const value of [range.offset ?? 0, range.length ?? 0]) {
    if (!(Number.isSafeInteger(value) && value >= 0)) throw new RangeError(`${value} is no place in a file`)
  }
  for await (const bytes of walkFile(root, getBlock, range)) {
    signal?.throwIfAborted()
    yield bytes
  }
}

/**
 * The content of a file of any UnixFS layout, every block verified, up to {@link fileBytesMax} bytes.
 * Failures: `MissingBlock`, `CorruptBlock`, `MalformedFile`.
 */
export async function readFile(root: CID, getBlock: GetBlock): Promise<Result<Uint8Array, FileFailure>> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of walkFile(root, getBlock, {})) {
      parts.push(part)
      size += part.length
      if (size > fileBytesMax) return error(tooLarge(root))
    }
  } catch (thrown) {
    if (thrown instanceof StreamError) return error(thrown.failure as FileFailure)
    throw thrown
  }
  return ok(join(parts, size))
}

function tooLarge(root: CID): MalformedFile {
  return malformedFile(root, `it is larger than ${fileBytesMax} bytes; read it as a stream`)
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
