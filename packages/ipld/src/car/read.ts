import type { Block } from '../block.ts'
import type { CID } from '../cid.ts'
import { error, ok, type Result } from '../result.ts'
import { StreamError } from '../stream/stream-error.ts'
import { CarParser, type CarFailure, type CarOptions } from './parser.ts'

/** A CAR that is at hand as a whole. */
export interface Car {
  readonly roots: readonly CID[]
  readonly blocks: readonly Block[]
}

/** A CAR that comes in: its roots, and its blocks while they come. */
export interface CarStream {
  readonly roots: readonly CID[]
  /** Each block, verified unless the options say otherwise. Throws {@link StreamError} with a {@link CarFailure} where the stream breaks off (ADR 24). */
  readonly blocks: AsyncIterable<Block>
}

/**
 * Reads a CAR of version 1 from bytes, every block checked against its name (sha2-256, CIDv0 or v1). Blocks are views
 * of `bytes`. Whether the roots are among the blocks, and all that they link to, is the caller's to see (CAR 1).
 * Failures: `MalformedCar` with the offset, `CorruptBlock`.
 */
export function decodeCar(bytes: Uint8Array): Result<Car, CarFailure> {
  const parser = new CarParser()
  try {
    const blocks = [...parser.push(bytes)]
    return ok({ roots: parser.finish(), blocks })
  } catch (thrown) {
    return error(failureOf(thrown))
  }
}

/**
 * Reads a CAR of version 1 from a stream. Held is one block at a time, and what a chunk brings beyond it.
 * Failures: as of {@link decodeCar}; those up to the header here, later ones thrown by `blocks`.
 *
 * @example
 * const car = await readCar(response.body)
 * if ('ok' in car) for await (const block of car.ok.blocks) await store.commit({ blocks: [block] })
 */
export async function readCar(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options?: CarOptions,
): Promise<Result<CarStream, CarFailure>> {
  const parser = new CarParser(options)
  const blocks = blocksOf(chunks, parser)
  try {
    // Read up to the first block, or to the end of a CAR that has none; the header comes before either.
    const first = await blocks.next()
    return ok({ roots: parser.roots ?? parser.finish(), blocks: resumed(first, blocks) })
  } catch (thrown) {
    return error(failureOf(thrown))
  }
}

async function* blocksOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  parser: CarParser,
): AsyncGenerator<Block, void, undefined> {
  for await (const chunk of chunks) yield* parser.push(chunk)
  parser.finish()
}

async function* resumed(
  first: IteratorResult<Block, void>,
  rest: AsyncGenerator<Block, void, undefined>,
): AsyncGenerator<Block, void, undefined> {
  try {
    if (first.done) return
    yield first.value
    yield* rest
  } finally {
    await rest.return()
  }
}

function failureOf(thrown: unknown): CarFailure {
  if (thrown instanceof StreamError) return thrown.failure as CarFailure
  throw thrown
}
