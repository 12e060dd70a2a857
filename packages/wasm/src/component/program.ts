import type { ExportedFunction, Linkage, ModuleFunctions } from '@ipvm/wit/component'
import type { CompiledModule } from '../engine.ts'
import type { MeterNames } from '../instrument/instrument.ts'

/** A component that is checked, rewritten and compiled: plain data and compiled modules, so that it can be posted. */
export interface Program extends ProgramPlan {
  readonly modules: readonly ProgramModule[]
}

/** A component that is checked and rewritten, and not compiled yet: data and bytes, so that it can be written down. */
export interface PlainProgram extends ProgramPlan {
  readonly modules: readonly PlainModule[]
}

/** What a program is beside its core modules. */
interface ProgramPlan {
  readonly linkage: Linkage
  /** For each core instance, the pages that the memory it grows may have at most. */
  readonly memoryCaps: readonly number[]
  /** Pages of all memories at the start. */
  readonly initialPages: number
  readonly functions: readonly ExportedFunction[]
}

/** A core module, rewritten and compiled. */
export interface ProgramModule {
  readonly compiled: CompiledModule
  readonly meter: MeterNames
  /** What instantiating it costs, units of gas. */
  readonly gas: number
  /** How many functions the original has, imported ones counted: those that come after them are not the guest's. */
  readonly functions: number
}

/** A core module, rewritten. */
export interface PlainModule extends Omit<ProgramModule, 'compiled'> {
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What a program offers, for those who look for a function in it. */
export function functionsOf({ functions, linkage }: Program): ModuleFunctions {
  return { functions, withheld: linkage.withheld }
}
