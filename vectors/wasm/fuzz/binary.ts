/** Pieces of a binary module, as lists of bytes. */
export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

/** A signed integer of 32 bits. */
export function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}

/** Bytes behind their count. */
export function sized(bytes: readonly number[]): number[] {
  return [...leb(bytes.length), ...bytes]
}

/** A section with its number. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)]
}

/** A name of ASCII. */
export function name(text: string): number[] {
  return sized([...text].map(character => character.charCodeAt(0)))
}
