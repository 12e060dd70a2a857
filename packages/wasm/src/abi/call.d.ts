import type { FunctionType, WitType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import { type CoreType, type CoreValue } from './layout.ts'
import type { GuestMemory } from './memory.ts'
/** The type of a core function. */
export interface CoreSignature {
  readonly params: readonly CoreType[]
  readonly results: readonly CoreType[]
}
/** The core function type of a component function (Canonical ABI § Flattening, `flatten_functype`). */
export declare function flattenFunction(type: FunctionType, context: 'lift' | 'lower'): CoreSignature
/** The types of a function's parameters, in order. */
export declare function paramTypes(type: FunctionType): WitType[]
/** A caller's values as the callee's core arguments. */
export declare function lowerParams(memory: GuestMemory, type: FunctionType, values: readonly WitValue[]): CoreValue[]
/** What a lifted core function gave back, as the function's result. */
export declare function liftResult(
  memory: GuestMemory,
  type: FunctionType,
  core: readonly CoreValue[],
): WitValue | undefined
/** The core arguments of a lowered function as values. */
export declare function liftParams(memory: GuestMemory, type: FunctionType, core: readonly CoreValue[]): WitValue[]
/** A result as what the lowered function gives its core caller, which passed room for it where it needs room. */
export declare function lowerResult(
  memory: GuestMemory,
  type: FunctionType,
  value: WitValue | undefined,
  core: readonly CoreValue[],
): CoreValue | undefined
//# sourceMappingURL=call.d.ts.map
