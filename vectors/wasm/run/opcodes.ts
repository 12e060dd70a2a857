import { ByteReader } from '@ipvm/wit/component'
import { rewriteCoreModule } from '../../../packages/wasm/src/instrument/rewrite.ts'
import { miscInstructions, plainInstructions, simdInstructions } from '../../../packages/wasm/src/module/instruction.ts'
import { readCoreModule } from '../../../packages/wasm/src/module/read.ts'
import { readValueType } from '../../../packages/wasm/src/module/value-type.ts'
import { readInstruction, skipImmediate } from '../../../packages/wasm/src/module/walk.ts'

/** Names of all instructions of profile 1. `select` has two encodings, and one name. */
export function profileInstructions(): ReadonlySet<string> {
  const all = [...plainInstructions, ...miscInstructions, ...simdInstructions]
  return new Set(all.flatMap(known => (known && known.refused === undefined ? [known.name] : [])))
}

/** Names of the instructions in a module's functions; none if the module is refused. */
export function instructionsIn(bytes: Uint8Array): readonly string[] {
  if ('error' in rewriteCoreModule(bytes, 0)) return []
  return readCoreModule(bytes).bodies.flatMap(({ start, end }) => {
    const reader = new ByteReader(bytes, start, end)
    const names: string[] = []
    reader.vector(group => {
      group.u32()
      readValueType(group)
    })
    while (!reader.done) {
      const { name, immediate } = readInstruction(reader)
      names.push(name)
      skipImmediate(reader, immediate)
    }
    return names
  })
}
