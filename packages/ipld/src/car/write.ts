import type { Block } from '../block.ts'
import type { CID } from '../cid.ts'
import { carHeader } from './header.ts'
import { encodeVarint } from './varint.ts'

/**
 * Writes a CAR of version 1 (CAR 1 § Format): header, then each block as its length, its CID and its bytes, in the
 * order in which they come. Gives the bytes as they are complete; nothing is held.
 *
 * @param roots what the CAR is about; a reader may expect to find them among the blocks
 */
export async function* writeCar(
  roots: readonly CID[],
  blocks: AsyncIterable<Block> | Iterable<Block>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield framed(carHeader(roots))
  for await (const { cid, bytes } of blocks) {
    if (bytes.length <= joinedBytesMax) yield framed(cid.bytes, bytes)
    else yield* [joined([encodeVarint(cid.bytes.length + bytes.length), cid.bytes]), bytes]
  }
}

/** A CAR of version 1 as bytes, as {@link writeCar} gives it. */
export function encodeCar(roots: readonly CID[], blocks: Iterable<Block>): Uint8Array {
  const sections = [framed(carHeader(roots))]
  for (const { cid, bytes } of blocks) sections.push(framed(cid.bytes, bytes))
  return joined(sections)
}

/** A larger block comes after its name in a piece of its own: copying it costs more than another piece does. */
const joinedBytesMax = 64 * 1024

function framed(...parts: readonly Uint8Array[]): Uint8Array {
  return joined([encodeVarint(parts.reduce((sum, part) => sum + part.length, 0)), ...parts])
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
