import { ByteReader, Refusal } from '@ipvm/wit/component'
import { functionsMax } from '../limits.ts'

const utf8 = new TextDecoder()
const header = 8

/** The section of a core module that says how its functions were called in the source. */
const customSection = 0
const nameSection = 'name'
const functionNames = 1

/**
 * The entries of a core module's name section that are about functions (WebAssembly § Name Section), as they stand there;
 * nothing where it has none, or none that can be read: names are a help for people, and what a producer got wrong there
 * is no fault of the module.
 */
export function functionNameMap(module: Uint8Array): Uint8Array | undefined {
  return unlessMalformed(() => {
    const reader = new ByteReader(module, header)
    while (!reader.done) {
      const id = reader.byte()
      const section = reader.slice(reader.u32())
      if (id !== customSection || section.name() !== nameSection) continue
      while (!section.done) {
        const subsection = section.byte()
        const content = section.slice(section.u32())
        if (subsection === functionNames) return module.subarray(content.offset, content.end)
      }
    }
    return undefined
  })
}

/** The name of a function, by its index, in what {@link functionNameMap} gave. */
export function functionName(map: Uint8Array, index: number): string | undefined {
  return unlessMalformed(() => {
    const reader = new ByteReader(map)
    for (let left = reader.count(functionsMax); left > 0; left--) {
      const isIt = reader.u32() === index
      const name = reader.slice(reader.u32())
      if (isIt) return utf8.decode(map.subarray(name.offset, name.end))
    }
    return undefined
  })
}

function unlessMalformed<T>(read: () => T | undefined): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined
    throw thrown
  }
}
