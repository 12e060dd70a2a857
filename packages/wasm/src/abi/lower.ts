import { casesOf, type WitType } from '@ipvm/wit/type'
import { isCase, isNumericArray, isSequence, type WitValue } from '@ipvm/wit/value'
import { bitsOf32, bitsOf64 } from './float.ts'
import { layoutOf, type CoreType, type CoreValue, type Layout } from './layout.ts'
import type { GuestMemory } from './memory.ts'
import { copyNumbersIn } from './numeric.ts'
import { storeString } from './string.ts'

/** Writes a value at an aligned address inside guest memory (Canonical ABI § Storing). */
export function store(memory: GuestMemory, type: WitType, value: WitValue, pointer: number): void {
  memory.moveValue()
  switch (type.kind) {
    case 'string':
    case 'list': {
      const [begin, length] = storeRange(memory, type, value)
      memory.view.setUint32(pointer, begin, true)
      memory.view.setUint32(pointer + 4, length, true)
      return
    }
    case 'tuple':
    case 'record':
      storeSequence(memory, layoutOf(type), value, pointer)
      return
    case 'variant':
    case 'option':
    case 'result': {
      const { discriminant, payload } = layoutOf(type)
      if (!isCase(value)) broken(type)
      storeInteger(memory.view, pointer, discriminant, value.case)
      const part = casesOf(type)[value.case]?.type
      if (part && value.value !== undefined) store(memory, part, value.value, pointer + payload)
      return
    }
    case 'own':
      memory.view.setUint32(pointer, memory.giveHandle(type, repOf(type, value)), true)
      return
    default:
      storeScalar(memory.view, type, value, pointer)
  }
}

/** Writes values one after the other, as a tuple, a record or parameters are. */
export function storeSequence(memory: GuestMemory, layout: Layout, value: WitValue, pointer: number): void {
  if (!isSequence(value)) broken({ kind: 'tuple', types: layout.parts })
  layout.parts.forEach((type, i) => {
    store(memory, type, value[i] ?? false, pointer + (layout.offsets[i] ?? 0))
  })
}

function storeScalar(view: DataView, type: WitType, value: WitValue, pointer: number): void {
  if (type.kind === 'f32') view.setInt32(pointer, bitsOf32(Number(value)), true)
  else if (type.kind === 'f64') view.setBigInt64(pointer, bitsOf64(Number(value)), true)
  else {
    const [core] = scalarToCore(type, value)
    if (typeof core === 'bigint') view.setBigInt64(pointer, core, true)
    else storeInteger(view, pointer, layoutOf(type).size, core)
  }
}

function storeInteger(view: DataView, pointer: number, size: number, value: number): void {
  if (size === 1) view.setUint8(pointer, value)
  else if (size === 2) view.setUint16(pointer, value, true)
  else view.setUint32(pointer, value, true)
}

function storeRange(memory: GuestMemory, type: WitType, value: WitValue): readonly [pointer: number, length: number] {
  memory.moveRange()
  if (type.kind === 'string' && typeof value === 'string') return storeString(memory, value)
  if (type.kind !== 'list') return broken(type)
  const { size, alignment } = layoutOf(type.type)
  if (isNumericArray(value)) {
    const pointer = memory.allocate(alignment, value.byteLength)
    copyNumbersIn(memory.bytes, pointer, value)
    return [pointer, value.length]
  }
  if (!isSequence(value)) return broken(type)
  const pointer = memory.allocate(alignment, value.length * size)
  value.forEach((element, i) => {
    store(memory, type.type, element, pointer + i * size)
  })
  return [pointer, value.length]
}

/** A value as core values (Canonical ABI § Flat Lowering). */
export function lowerFlat(memory: GuestMemory, type: WitType, value: WitValue, out: CoreValue[]): void {
  memory.moveValue()
  switch (type.kind) {
    case 'string':
    case 'list':
      out.push(...storeRange(memory, type, value))
      return
    case 'tuple':
    case 'record': {
      if (!isSequence(value)) broken(type)
      layoutOf(type).parts.forEach((part, i) => {
        lowerFlat(memory, part, value[i] ?? false, out)
      })
      return
    }
    case 'variant':
    case 'option':
    case 'result':
      lowerCase(memory, type, value, out)
      return
    case 'own':
      out.push(memory.giveHandle(type, repOf(type, value)))
      return
    default:
      out.push(...scalarToCore(type, value))
  }
}

function lowerCase(
  memory: GuestMemory,
  type: WitType & { kind: 'variant' | 'option' | 'result' },
  value: WitValue,
  out: CoreValue[],
): void {
  if (!isCase(value)) broken(type)
  const [, ...joined] = layoutOf(type).flat
  const part = casesOf(type)[value.case]?.type
  const payload: CoreValue[] = []
  if (part && value.value !== undefined) lowerFlat(memory, part, value.value, payload)
  const have = part ? layoutOf(part).flat : []
  out.push(value.case)
  joined.forEach((want, i) => {
    const core = payload[i]
    out.push(core === undefined ? zero(want) : widen(core, have[i] ?? want, want))
  })
}

/** A core value in the type that its place has in common with the other cases. */
function widen(core: CoreValue, have: CoreType, want: CoreType): CoreValue {
  if (have === want) return core
  if (have === 'f64') return bitsOf64(Number(core))
  const bits = have === 'f32' ? bitsOf32(Number(core)) : Number(core)
  return want === 'i64' ? BigInt(bits >>> 0) : bits
}

function zero(type: CoreType): CoreValue {
  return type === 'i64' ? 0n : 0
}

function scalarToCore(type: WitType, value: WitValue): readonly [CoreValue] {
  if (type.kind === 'u64' || type.kind === 's64') return typeof value === 'bigint' ? [value] : broken(type)
  if (type.kind === 'bool') return [value === true ? 1 : 0]
  if (type.kind === 'char') return [(typeof value === 'string' ? value.codePointAt(0) : undefined) ?? broken(type)]
  return typeof value === 'number' ? [value] : broken(type)
}

/** The host's number for what a handle is of. */
function repOf(type: WitType, value: WitValue): number {
  return typeof value === 'number' ? value : broken(type)
}

/** Values are converted and checked against the type before they come here. */
function broken(type: WitType): never {
  throw new TypeError(`a WIT value that is not a ${type.kind}: converting it has a bug`)
}
