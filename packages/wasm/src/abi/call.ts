import type { FunctionType, WitType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import { flatParamsMax, flatResultsMax } from '../limits.ts'
import { CoreValues, liftFlat, load, loadSequence } from './lift.ts'
import { layoutOf, sequenceLayout, type CoreType, type CoreValue, type Layout } from './layout.ts'
import { lowerFlat, store, storeSequence } from './lower.ts'
import type { GuestMemory } from './memory.ts'

/** The type of a core function. */
export interface CoreSignature {
  readonly params: readonly CoreType[]
  readonly results: readonly CoreType[]
}

/** The core function type of a component function (Canonical ABI § Flattening, `flatten_functype`). */
export function flattenFunction(type: FunctionType, context: 'lift' | 'lower'): CoreSignature {
  const flatParams = paramLayout(type).flat
  const flatResults = type.result ? layoutOf(type.result).flat : []
  const params: readonly CoreType[] = flatParams.length > flatParamsMax ? ['i32'] : flatParams
  if (flatResults.length <= flatResultsMax) return { params, results: flatResults }
  return context === 'lift' ? { params, results: ['i32'] } : { params: [...params, 'i32'], results: [] }
}

/** The types of a function's parameters, in order. */
export function paramTypes(type: FunctionType): WitType[] {
  return type.params.map(param => param.type)
}

const paramLayouts = new WeakMap<FunctionType, Layout>()

/** The layout of a function's parameters, computed once per type object. */
function paramLayout(type: FunctionType): Layout {
  const known = paramLayouts.get(type)
  if (known) return known
  const layout = sequenceLayout(paramTypes(type))
  paramLayouts.set(type, layout)
  return layout
}

/** A caller's values as the callee's core arguments. */
export function lowerParams(memory: GuestMemory, type: FunctionType, values: readonly WitValue[]): CoreValue[] {
  const layout = paramLayout(type)
  if (layout.flat.length > flatParamsMax) {
    const pointer = memory.allocate(layout.alignment, layout.size)
    storeSequence(memory, layout, values, pointer)
    return [pointer]
  }
  const core: CoreValue[] = []
  layout.parts.forEach((param, i) => {
    lowerFlat(memory, param, values[i] ?? false, core)
  })
  return core
}

/** What a lifted core function gave back, as the function's result. */
export function liftResult(memory: GuestMemory, type: FunctionType, core: readonly CoreValue[]): WitValue | undefined {
  if (!type.result) return undefined
  const values = new CoreValues(core)
  const { flat, size, alignment } = layoutOf(type.result)
  if (flat.length <= flatResultsMax) return liftFlat(memory, type.result, values)
  const pointer = values.u32()
  memory.check(pointer, size, alignment, 'the function returned')
  return load(memory, type.result, pointer)
}

/** The core arguments of a lowered function as values. */
export function liftParams(memory: GuestMemory, type: FunctionType, core: readonly CoreValue[]): WitValue[] {
  const values = new CoreValues(core)
  const layout = paramLayout(type)
  if (layout.flat.length <= flatParamsMax) return layout.parts.map(param => liftFlat(memory, param, values))
  const pointer = values.u32()
  memory.check(pointer, layout.size, layout.alignment, 'a call passed')
  return loadSequence(memory, layout, pointer)
}

/** A result as what the lowered function gives its core caller, which passed room for it where it needs room. */
export function lowerResult(
  memory: GuestMemory,
  type: FunctionType,
  value: WitValue | undefined,
  core: readonly CoreValue[],
): CoreValue | undefined {
  if (!type.result || value === undefined) return undefined
  const { flat, size, alignment } = layoutOf(type.result)
  if (flat.length <= flatResultsMax) {
    const out: CoreValue[] = []
    lowerFlat(memory, type.result, value, out)
    return out[0]
  }
  const pointer = Number(core.at(-1) ?? 0) >>> 0
  memory.check(pointer, size, alignment, 'a call passed')
  store(memory, type.result, value, pointer)
  return undefined
}
