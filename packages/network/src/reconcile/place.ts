/** Digests are of sha2-256: 64 nibbles. */
export const digestBytes = 32

/** How many nibbles a digest has, which is how deep a place can be. */
export const nibblesMax = digestBytes * 2

/** A digest as 32 characters of the codes of its bytes: their order is that of the bytes. */
export type Digest = string

/**
 * A range of digests: all that begin with these nibbles, as hexadecimal digits. The empty one is all digests. Ranges of
 * this kind are the same on both sides without being agreed on, and one holds the other or has nothing in common with it.
 */
export type Place = string

const hex = '0123456789abcdef'

/** The nibble of a digest at a depth. */
export function nibbleAt(digest: Digest, depth: number): number {
  const byte = digest.charCodeAt(depth >> 1)
  return depth % 2 === 0 ? byte >> 4 : byte & 15
}

/** A place one nibble below another. */
export function below(place: Place, nibble: number): Place {
  return place + (hex[nibble] ?? '')
}

/** The nibble of a place at a depth. */
export function nibbleOf(place: Place, depth: number): number {
  return Number.parseInt(place[depth] ?? '0', 16)
}

/** Whether a digest is at a place or below. */
export function isWithin(place: Place, digest: Digest): boolean {
  for (let depth = 0; depth < place.length; depth++) {
    if (nibbleOf(place, depth) !== nibbleAt(digest, depth)) return false
  }
  return true
}

/** A place as bytes: how many nibbles, then these, two a byte, with a zero at the end where they are odd. */
export function placeBytes(place: Place): Uint8Array {
  const bytes = new Uint8Array(1 + Math.ceil(place.length / 2))
  bytes[0] = place.length
  for (let depth = 0; depth < place.length; depth++) {
    const at = 1 + (depth >> 1)
    bytes[at] = (bytes[at] ?? 0) | (nibbleOf(place, depth) << (depth % 2 === 0 ? 4 : 0))
  }
  return bytes
}

/** The place in bytes; undefined where {@link placeBytes} would not have written them. */
export function readPlace(bytes: Uint8Array): Place | undefined {
  const length = bytes[0] ?? nibblesMax + 1
  if (length > nibblesMax || bytes.length !== 1 + Math.ceil(length / 2)) return undefined
  if (length % 2 === 1 && ((bytes.at(-1) ?? 0) & 15) !== 0) return undefined
  let place = ''
  for (let depth = 0; depth < length; depth++) {
    const byte = bytes[1 + (depth >> 1)] ?? 0
    place = below(place, depth % 2 === 0 ? byte >> 4 : byte & 15)
  }
  return place
}
