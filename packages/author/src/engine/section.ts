import { ByteReader } from '@ipvm/wit/binary'

/** A section of a core module or of a component. */
export interface Section {
  readonly id: number
  readonly payload: Uint8Array
}

const preambleBytes = 8

/** The sections of a module or component that a tool has just made. */
export function sectionsOf(bytes: Uint8Array): readonly Section[] {
  const reader = new ByteReader(bytes, preambleBytes)
  const sections: Section[] = []
  while (!reader.done) {
    const id = reader.byte()
    const length = reader.u32()
    sections.push({ id, payload: bytes.subarray(reader.offset, reader.offset + length) })
    reader.offset += length
  }
  return sections
}

/** A module or component with other sections. */
export function withSections(bytes: Uint8Array, sections: readonly Section[]): Uint8Array {
  const parts = sections.flatMap(({ id, payload }) => [Uint8Array.of(id), leb(payload.length), payload])
  return join([bytes.subarray(0, preambleBytes), ...parts])
}

/** An unsigned integer as WebAssembly writes it. */
export function leb(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  return Uint8Array.from([...bytes, left])
}

/** Pieces, one after the other. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces))
}
