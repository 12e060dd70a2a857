import { casesOf, type WitType } from '@ipvm/wit/type'
import { isNumeric, type WitCase, type WitValue } from '@ipvm/wit/value'
import { listBytesMax } from '../limits.ts'
import { canonical, floatOf32, floatOf64 } from './float.ts'
import { layoutOf, type CoreType, type CoreValue, type Layout } from './layout.ts'
import type { GuestMemory } from './memory.ts'
import { copyNumbersOut } from './numeric.ts'
import { loadString } from './string.ts'
import { trap } from './trap.ts'

/** Reads a value at an address inside guest memory that was checked (Canonical ABI § Loading). */
export function load(memory: GuestMemory, type: WitType, pointer: number): WitValue {
  memory.moveValue()
  const view = memory.view
  switch (type.kind) {
    case 'f32':
      return canonical(view.getFloat32(pointer, true))
    case 'f64':
      return canonical(view.getFloat64(pointer, true))
    case 'u64':
      return view.getBigUint64(pointer, true)
    case 's64':
      return view.getBigInt64(pointer, true)
    case 'string':
      return loadString(memory, view.getUint32(pointer, true), view.getUint32(pointer + 4, true))
    case 'list':
      return loadList(memory, type.type, view.getUint32(pointer, true), view.getUint32(pointer + 4, true))
    case 'tuple':
    case 'record':
      return loadSequence(memory, layoutOf(type), pointer)
    case 'variant':
    case 'option':
    case 'result': {
      const { discriminant, payload } = layoutOf(type)
      const index = loadInteger(view, pointer, discriminant)
      const part = caseAt(type, index)
      return part ? { case: index, value: load(memory, part, pointer + payload) } : { case: index }
    }
    case 'enum':
      return fromCore(type, loadInteger(view, pointer, layoutOf(type).discriminant))
    case 'own':
    case 'borrow':
      return memory.takeHandle(type, view.getUint32(pointer, true))
    default:
      return fromCore(type, loadInteger(view, pointer, layoutOf(type).size))
  }
}

/** Reads values that lie one after the other, as a tuple, a record or parameters do. */
export function loadSequence(memory: GuestMemory, layout: Layout, pointer: number): WitValue[] {
  return layout.parts.map((type, i) => load(memory, type, pointer + (layout.offsets[i] ?? 0)))
}

function loadInteger(view: DataView, pointer: number, size: number): number {
  if (size === 1) return view.getUint8(pointer)
  return size === 2 ? view.getUint16(pointer, true) : view.getUint32(pointer, true)
}

function loadList(memory: GuestMemory, element: WitType, pointer: number, length: number): WitValue {
  memory.moveRange()
  const { size, alignment } = layoutOf(element)
  const bytes = length * size
  if (bytes > listBytesMax) trap(`the function returned a list of ${bytes} bytes, where at most ${listBytesMax} may be`)
  memory.check(pointer, bytes, alignment, 'the function returned a list of')
  if (isNumeric(element.kind)) {
    memory.spend(bytes)
    return copyNumbersOut(element.kind, memory.bytes, pointer, length)
  }
  memory.spend(length * Math.max(size, 8))
  const list: WitValue[] = []
  for (let i = 0; i < length; i++) list.push(load(memory, element, pointer + i * size))
  return list
}

/** Core values, taken one after the other. */
export class CoreValues {
  readonly #values: readonly CoreValue[]
  #next = 0

  constructor(values: readonly CoreValue[]) {
    this.#values = values
  }

  take(): CoreValue {
    const value = this.#values[this.#next]
    if (value === undefined) throw new TypeError('fewer core values than the type takes: the signature was not checked')
    this.#next += 1
    return value
  }

  u32(): number {
    return Number(this.take()) >>> 0
  }
}

/** Reads a value from core values (Canonical ABI § Flat Lifting). */
export function liftFlat(memory: GuestMemory, type: WitType, values: CoreValues): WitValue {
  memory.moveValue()
  switch (type.kind) {
    case 'f32':
    case 'f64':
      return canonical(Number(values.take()))
    case 'u64':
      return BigInt.asUintN(64, BigInt(values.take()))
    case 's64':
      return BigInt.asIntN(64, BigInt(values.take()))
    case 'string':
      return loadString(memory, values.u32(), values.u32())
    case 'list':
      return loadList(memory, type.type, values.u32(), values.u32())
    case 'tuple':
    case 'record':
      return layoutOf(type).parts.map(part => liftFlat(memory, part, values))
    case 'variant':
    case 'option':
    case 'result':
      return liftCase(memory, type, values)
    case 'own':
    case 'borrow':
      return memory.takeHandle(type, values.u32())
    default:
      return fromCore(type, values.u32())
  }
}

function liftCase(
  memory: GuestMemory,
  type: WitType & { kind: 'variant' | 'option' | 'result' },
  values: CoreValues,
): WitCase {
  const index = values.u32()
  const part = caseAt(type, index)
  const [, ...joined] = layoutOf(type).flat
  const taken = joined.map(() => values.take())
  if (!part) return { case: index }
  const wanted = layoutOf(part).flat.map((want, i) => narrow(taken[i] ?? 0, joined[i] ?? want, want))
  return { case: index, value: liftFlat(memory, part, new CoreValues(wanted)) }
}

/** A core value as the case's own type, from the type that its place has in common with the other cases. */
function narrow(core: CoreValue, have: CoreType, want: CoreType): CoreValue {
  if (have === want) return core
  if (want === 'f64') return floatOf64(BigInt(core))
  const bits = Number(BigInt.asIntN(32, BigInt(core)))
  return want === 'f32' ? floatOf32(bits) : bits
}

function caseAt(type: WitType & { kind: 'variant' | 'option' | 'result' }, index: number): WitType | undefined {
  const cases = casesOf(type)
  const found = cases[index]
  if (!found) return trap(`the function returned case ${index} of a ${type.kind} of ${cases.length} cases`)
  return found.type
}

/** A value of at most 32 bits, from the bits that hold it: those above its width are ignored, as the ABI says. */
function fromCore(type: WitType, bits: number): WitValue {
  switch (type.kind) {
    case 'bool':
      return bits !== 0
    case 'u8':
      return bits & 0xff
    case 's8':
      return (bits << 24) >> 24
    case 'u16':
      return bits & 0xffff
    case 's16':
      return (bits << 16) >> 16
    case 's32':
      return bits | 0
    case 'char':
      if (bits >= 0x11_0000 || (bits >= 0xd800 && bits <= 0xdfff)) {
        trap(`the function returned the char ${bits}, which is not a Unicode scalar value`)
      }
      return String.fromCodePoint(bits)
    case 'enum':
      if (bits >= type.names.length) {
        trap(`the function returned case ${bits} of an enum of ${type.names.length} cases`)
      }
      return bits
    case 'flags':
      return type.names.length === 32 ? bits : bits & (2 ** type.names.length - 1)
    default:
      return bits
  }
}
