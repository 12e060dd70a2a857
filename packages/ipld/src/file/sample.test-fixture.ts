import type { Block } from '../block.ts'
import type { GetBlock } from './block.ts'

/** Bytes that are the same everywhere, from a linear congruential sequence, in chunks of at most `chunk`. */
export function* sampleStream(length: number, chunk = 1024 * 1024): Generator<Uint8Array> {
  let state = 1
  for (let at = 0; at < length; at += chunk) {
    const bytes = new Uint8Array(Math.min(chunk, length - at))
    for (let i = 0; i < bytes.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      bytes[i] = state >>> 16
    }
    yield bytes
  }
}

/** The same bytes at once. */
export function sample(length: number): Uint8Array {
  const [bytes] = sampleStream(length, length)
  return bytes ?? new Uint8Array(0)
}

/** A store of a few blocks, for reading. */
export function blockstore(blocks: readonly Block[]): GetBlock {
  const map = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  return async cid => map.get(cid.toString())
}
