import type { CanonOptions, Definition, StringEncoding } from './component.ts'
import type { ByteReader } from './reader.ts'

/** The built-ins that are read over and refused by name: each with the immediates after its opcode. */
const refused = new Map<number, readonly [name: string, ...immediates: Immediate[]]>([
  [0x02, ['resource.new', 'index']],
  [0x04, ['resource.rep', 'index']],
  [0x05, ['task.cancel']],
  [0x06, ['subtask.cancel', 'byte']],
  [0x07, ['resource.drop async', 'index']],
  [0x08, ['backpressure.set']],
  [0x09, ['task.return', 'result', 'options']],
  [0x0a, ['context.get', 'byte', 'index']],
  [0x0b, ['context.set', 'byte', 'index']],
  [0x0c, ['thread.yield', 'byte']],
  [0x0d, ['subtask.drop']],
  [0x0e, ['stream.new', 'index']],
  [0x0f, ['stream.read', 'index', 'options']],
  [0x10, ['stream.write', 'index', 'options']],
  [0x11, ['stream.cancel-read', 'index', 'byte']],
  [0x12, ['stream.cancel-write', 'index', 'byte']],
  [0x13, ['stream.drop-readable', 'index']],
  [0x14, ['stream.drop-writable', 'index']],
  [0x15, ['future.new', 'index']],
  [0x16, ['future.read', 'index', 'options']],
  [0x17, ['future.write', 'index', 'options']],
  [0x18, ['future.cancel-read', 'index', 'byte']],
  [0x19, ['future.cancel-write', 'index', 'byte']],
  [0x1a, ['future.drop-readable', 'index']],
  [0x1b, ['future.drop-writable', 'index']],
  [0x1c, ['error-context.new', 'options']],
  [0x1d, ['error-context.debug-message', 'options']],
  [0x1e, ['error-context.drop']],
  [0x1f, ['waitable-set.new']],
  [0x20, ['waitable-set.wait', 'byte', 'index']],
  [0x21, ['waitable-set.poll', 'byte', 'index']],
  [0x22, ['waitable-set.drop']],
  [0x23, ['waitable.join']],
  [0x24, ['backpressure.inc']],
  [0x25, ['backpressure.dec']],
  [0x26, ['thread.index']],
  [0x27, ['thread.new-indirect', 'index', 'index']],
  [0x28, ['thread.resume-later']],
  [0x29, ['thread.suspend', 'byte']],
  [0x2a, ['thread.suspend-then-resume', 'byte']],
  [0x2b, ['thread.yield-then-resume', 'byte']],
  [0x2c, ['thread.suspend-then-promote', 'byte']],
  [0x2d, ['thread.yield-then-promote', 'byte']],
  [0x40, ['thread.spawn-ref', 'byte', 'index']],
  [0x41, ['thread.spawn-indirect', 'byte', 'index', 'index']],
  [0x42, ['thread.available-parallelism', 'byte']],
])

type Immediate = 'index' | 'byte' | 'options' | 'result'

/** One entry of the canon section: `lift`, `lower`, `resource.drop`, or a built-in that ipvm does not have. */
export function readCanon(reader: ByteReader): Definition {
  const offset = reader.offset
  const code = reader.byte()
  if (code <= 0x01) {
    if (reader.byte() !== 0x00) reader.fail('an unknown form of canon', offset)
    const index = reader.u32()
    const options = readOptions(reader)
    return code === 0x00
      ? { kind: 'lift', core: index, options, type: reader.u32(), offset }
      : { kind: 'lower', func: index, options, offset }
  }
  if (code === 0x03) return { kind: 'resource.drop', type: reader.u32(), offset }
  const [name, ...immediates] = refused.get(code) ?? reader.fail(`an unknown canon 0x${code.toString(16)}`, offset)
  for (const immediate of immediates) skipImmediate(reader, immediate)
  return { kind: 'unsupported', feature: name, sort: 'core func', offset }
}

function skipImmediate(reader: ByteReader, immediate: Immediate): void {
  if (immediate === 'index') reader.u32()
  else if (immediate === 'byte') reader.byte()
  else if (immediate === 'options') readOptions(reader)
  else if (reader.byte() === 0x00) reader.skipInteger(33)
  else reader.byte()
}

const encodings: readonly StringEncoding[] = ['utf8', 'utf16', 'latin1+utf16']

function readOptions(reader: ByteReader): CanonOptions {
  const options: { -readonly [key in keyof CanonOptions]: CanonOptions[key] } = { encoding: 'utf8' }
  const seen = new Set<number>()
  for (let left = reader.count(); left > 0; left--) {
    const at = reader.offset
    const code = reader.byte()
    const encoding = encodings[code]
    const slot = encoding ? 0 : code
    if (seen.has(slot)) reader.fail('a canon option given twice', at)
    seen.add(slot)
    if (encoding) options.encoding = encoding
    else if (code === 0x03) options.memory = reader.u32()
    else if (code === 0x04) options.realloc = reader.u32()
    else if (code === 0x05) options.postReturn = reader.u32()
    else if (code === 0x06) options.async = 'async functions'
    else if (code === 0x07) {
      reader.u32()
      options.async = 'async functions'
    } else reader.fail(`an unknown canon option 0x${code.toString(16)}`, at)
  }
  return options
}
