import type { ExportedFunction, Linkage, ModuleFunctions } from '@ipvm/wit/component'
import type { CompiledModule } from '../engine.ts'
import type { Guard } from '../instrument/guard.ts'

/** A component that is checked, rewritten and compiled: plain data and compiled modules, so that it can be posted. */
export interface Program {
  readonly linkage: Linkage
  readonly modules: readonly ProgramModule[]
  /** For each core instance, the pages that the memory it grows may have at most. */
  readonly memoryCaps: readonly number[]
  /** Pages of all memories at the start. */
  readonly initialPages: number
  readonly functions: readonly ExportedFunction[]
}

/** A core module, rewritten and compiled. */
export interface ProgramModule {
  readonly compiled: CompiledModule
  readonly guard: Guard | undefined
}

/** What a program offers, for those who look for a function in it. */
export function functionsOf({ functions, linkage }: Program): ModuleFunctions {
  return { functions, withheld: linkage.withheld }
}
