import { error, ok, type Result } from '@ipvm/ipld'
import { ByteReader, Refusal, type MalformedComponent } from '@ipvm/wit/component'

/** A Wasm binary without the custom sections of these names. Failure: `MalformedComponent`. */
export function withoutSections(binary: Uint8Array, names: readonly string[]): Result<Uint8Array, MalformedComponent> {
  try {
    return ok(joined(kept(new ByteReader(binary, 8), names)))
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    const { problem, offset } = thrown
    return error({ name: 'MalformedComponent', message: `not a Wasm binary: ${problem}, at byte ${offset}`, offset })
  }
}

function kept(reader: ByteReader, names: readonly string[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  let from = 0
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    const section = reader.slice(reader.u32())
    if (id !== 0 || !names.includes(section.name())) continue
    parts.push(reader.bytes.subarray(from, start))
    from = section.end
  }
  return [...parts, reader.bytes.subarray(from)]
}

/** Bytes one after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** A custom section of a Wasm binary. */
export function customSection(name: string, content: Uint8Array): Uint8Array {
  const label = new TextEncoder().encode(name)
  const head = Uint8Array.from([...leb(label.length), ...label])
  return joined([Uint8Array.from([0, ...leb(head.length + content.length)]), head, content])
}

/** An unsigned LEB128 integer. */
export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}
