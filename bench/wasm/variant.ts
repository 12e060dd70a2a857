import { ByteReader } from '@ipvm/wit/component'
import { ByteWriter } from '../../packages/wasm/src/instrument/writer.ts'
import { readCoreModule } from '../../packages/wasm/src/module/read.ts'

const [typeSection, functionSection, codeSection] = [1, 3, 10]

/**
 * A component whose core modules have their code in them so many times. The copies call the functions of the original, so
 * nothing else has to change; nobody calls the copies, as most of a large binary is not called by a short run.
 */
export function enlarged(component: Uint8Array, copies: number): Uint8Array<ArrayBuffer> {
  return withCores(component, core =>
    withSections(core, (id, section) => {
      if (id !== functionSection && id !== codeSection) return undefined
      const out = new ByteWriter().u32(section.u32() * copies)
      for (let left = copies; left > 0; left--) out.piece(section.bytes.subarray(section.offset, section.end))
      return out
    }),
  )
}

/** The same component in other bytes, which no engine has seen: one more function type in each core module. */
export function renewed(component: Uint8Array, number: number): Uint8Array<ArrayBuffer> {
  const digits = [...number.toString(2)].map(digit => (digit === '1' ? 0x7f : 0x7e))
  return withCores(component, core =>
    withSections(core, (id, section) => {
      if (id !== typeSection) return undefined
      const out = new ByteWriter().u32(section.u32() + 1).piece(section.bytes.subarray(section.offset, section.end))
      return out.bytes(0x60, digits.length, ...digits, 0)
    }),
  )
}

/** `change` gives a section's new content, or nothing where it stays. */
function withSections(
  core: Uint8Array,
  change: (id: number, section: ByteReader) => ByteWriter | undefined,
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter().piece(core.subarray(0, 8))
  for (const { id, start, end } of readCoreModule(core).sections) {
    const changed = change(id, new ByteReader(core, start, end))
    out.bytes(id).sized(changed ?? new ByteWriter().piece(core.subarray(start, end)))
  }
  return out.join()
}

/** A component with its core modules changed, those that stand in no component inside. */
function withCores(component: Uint8Array, change: (core: Uint8Array) => Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter().piece(component.subarray(0, 8))
  const reader = new ByteReader(component, 8, component.length)
  while (!reader.done) {
    const id = reader.byte()
    const { offset, end } = reader.slice(reader.u32())
    const content = component.subarray(offset, end)
    out.bytes(id).sized(new ByteWriter().piece(id === 1 ? change(content) : content))
  }
  return out.join()
}
