import { flatParamsMax, flatResultsMax } from '../limits.js'
import { CoreValues, liftFlat, load, loadSequence } from './lift.js'
import { layoutOf, sequenceLayout } from './layout.js'
import { lowerFlat, store, storeSequence } from './lower.js'
/** The core function type of a component function (Canonical ABI § Flattening, `flatten_functype`). */
export function flattenFunction(type, context) {
  const flatParams = paramLayout(type).flat
  const flatResults = type.result ? layoutOf(type.result).flat : []
  const params = flatParams.length > flatParamsMax ? ['i32'] : flatParams
  if (flatResults.length <= flatResultsMax) return { params, results: flatResults }
  return context === 'lift' ? { params, results: ['i32'] } : { params: [...params, 'i32'], results: [] }
}
/** The types of a function's parameters, in order. */
export function paramTypes(type) {
  return type.params.map(param => param.type)
}
const paramLayouts = new WeakMap()
/** The layout of a function's parameters, computed once per type object. */
function paramLayout(type) {
  const known = paramLayouts.get(type)
  if (known) return known
  const layout = sequenceLayout(paramTypes(type))
  paramLayouts.set(type, layout)
  return layout
}
/** A caller's values as the callee's core arguments. */
export function lowerParams(memory, type, values) {
  const layout = paramLayout(type)
  if (layout.flat.length > flatParamsMax) {
    const pointer = memory.allocate(layout.alignment, layout.size)
    storeSequence(memory, layout, values, pointer)
    return [pointer]
  }
  const core = []
  layout.parts.forEach((param, i) => {
    lowerFlat(memory, param, values[i] ?? false, core)
  })
  return core
}
/** What a lifted core function gave back, as the function's result. */
export function liftResult(memory, type, core) {
  if (!type.result) return undefined
  const values = new CoreValues(core)
  const { flat, size, alignment } = layoutOf(type.result)
  if (flat.length <= flatResultsMax) return liftFlat(memory, type.result, values)
  const pointer = values.u32()
  memory.check(pointer, size, alignment, 'the function returned')
  return load(memory, type.result, pointer)
}
/** The core arguments of a lowered function as values. */
export function liftParams(memory, type, core) {
  const values = new CoreValues(core)
  const layout = paramLayout(type)
  if (layout.flat.length <= flatParamsMax) return layout.parts.map(param => liftFlat(memory, param, values))
  const pointer = values.u32()
  memory.check(pointer, layout.size, layout.alignment, 'a call passed')
  return loadSequence(memory, layout, pointer)
}
/** A result as what the lowered function gives its core caller, which passed room for it where it needs room. */
export function lowerResult(memory, type, value, core) {
  if (!type.result || value === undefined) return undefined
  const { flat, size, alignment } = layoutOf(type.result)
  if (flat.length <= flatResultsMax) {
    const out = []
    lowerFlat(memory, type.result, value, out)
    return out[0]
  }
  const pointer = Number(core.at(-1) ?? 0) >>> 0
  memory.check(pointer, size, alignment, 'a call passed')
  store(memory, type.result, value, pointer)
  return undefined
}
//# sourceMappingURL=call.js.map
