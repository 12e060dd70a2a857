import { describe, expect, it } from 'vitest'
import { engine } from '../engine.ts'
import { ByteWriter } from '../instrument/writer.ts'
import {
  miscInstructions,
  plainInstructions,
  simdInstructions,
  type Immediate,
  type Instruction,
} from './instruction.ts'
import { rewriteCoreModule } from '../instrument/rewrite.ts'

/** A valid example of each kind of immediate; the module below has one of everything to refer to. */
const examples: Readonly<Record<Immediate, readonly number[]>> = {
  none: [],
  block: [0x40],
  index: [0],
  'index index': [0, 0],
  labels: [1, 0, 0],
  types: [1, 0x7f],
  reference: [0x70],
  'memory argument': [0, 0],
  memory: [0],
  'memory memory': [0, 0],
  'index memory': [0, 0],
  i32: [0xff, 0x7f],
  i64: [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  f32: [0, 0, 0, 0x0b],
  f64: [0, 0, 0, 0, 0, 0, 0, 0x0b],
  v128: Array.from({ length: 16 }, () => 0x0b),
  lane: [0],
  'memory argument lane': [0, 0, 0],
}

/** A module whose function is these instructions; before and after them the stack may hold anything. */
function moduleOf(code: readonly number[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter().bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const section = (id: number, ...bytes: number[]): void => {
    out.bytes(id).sized(new ByteWriter().bytes(...bytes))
  }
  section(1, 1, 0x60, 0, 0)
  section(3, 1, 0)
  section(4, 1, 0x70, 0, 1)
  section(5, 1, 0, 1)
  section(6, 1, 0x7f, 1, 0x41, 0, 0x0b)
  section(9, 1, 1, 0, 1, 0)
  section(12, 1)
  const body = new ByteWriter().bytes(1, 1, 0x7f, 0x00, ...code, 0x00, 0x0b)
  out.bytes(10).sized(new ByteWriter().bytes(1).sized(body))
  section(11, 1, 1, 0)
  return out.join()
}

function codeOf(prefix: readonly number[], instruction: Pick<Instruction, 'immediate'>): number[] {
  const closing = instruction.immediate === 'block' ? [0x00, 0x0b] : []
  return [...prefix, ...examples[instruction.immediate], ...closing]
}

function leb(code: number): number[] {
  return code < 0x80 ? [code] : [(code & 0x7f) | 0x80, code >> 7]
}

const tables: readonly (readonly [
  name: string,
  table: readonly (Instruction | undefined)[],
  prefix: number[],
  size: number,
])[] = [
  ['of one byte', plainInstructions, [], 0x100],
  ['after 0xfc', miscInstructions, [0xfc], 18],
  ['after 0xfd', simdInstructions, [0xfd], 0x100],
]

describe.each(tables)('the instructions %s', (_, table, prefix, size) => {
  const opcodes = Array.from({ length: size }, (_, code) => [...prefix, ...(prefix.length > 0 ? leb(code) : [code])])

  it('take the immediates that we think they take, as the engine sees it', () => {
    const wrong = opcodes.filter((opcode, code) => {
      const instruction = table[code]
      if (!instruction || instruction.name === 'else' || instruction.name === 'end') return false
      const isKnown = instruction.refused === undefined || instruction.refused === 'SIMD on floats'
      return isKnown && !engine.validate(moduleOf(codeOf(opcode, instruction)))
    })
    expect(wrong).toEqual([])
  })

  it('are accepted by us exactly if they are in the profile', () => {
    const accepted = opcodes.filter((opcode, code) => {
      const instruction = table[code] ?? { immediate: 'none' }
      return 'ok' in rewriteCoreModule(moduleOf(codeOf(opcode, instruction)), 0)
    })
    const inProfile = opcodes.filter((_, code) => {
      const instruction = table[code]
      return (
        instruction && instruction.refused === undefined && instruction.name !== 'else' && instruction.name !== 'end'
      )
    })
    expect(accepted).toEqual(inProfile)
  })
})

describe('what is outside the profile is refused by its name and its offset', () => {
  it.each([
    [[0xfe, 0x10, 0x02, 0x00], /uses threads at byte \d+/],
    [[0xfb, 0x00, 0x00], /uses garbage collection at byte/],
    [[0xfd, 0x80, 0x02], /uses relaxed SIMD at byte/],
    [[0xfd, 0xe4, 0x01], /uses SIMD on floats \(f32x4.add\) at byte/],
    [[0x06, 0x40, 0x19, 0x0b], /uses exceptions \(try\) at byte/],
    [[0x14, 0x00], /uses typed function references \(call_ref\) at byte/],
    [[0x3f, 0x01], /uses multiple memories at byte/],
    [[0x28, 0x42, 0x00, 0x00], /uses multiple memories at byte/],
    [[0xfc, 0x13], /uses wide arithmetic/],
  ])('%j', (code, message) => {
    const module = rewriteCoreModule(moduleOf(code), 1000)
    expect('error' in module && module.error).toMatchObject({
      name: 'UnsupportedModule',
      message: expect.stringMatching(message),
    })
  })

  it('counts the offset from the start of the component', () => {
    const bytes = moduleOf([0xfb, 0x00])
    const at = 1000 + bytes.lastIndexOf(0xfb)
    expect(rewriteCoreModule(bytes, 1000)).toMatchObject({
      error: { message: expect.stringContaining(`at byte ${at},`) },
    })
  })
})
