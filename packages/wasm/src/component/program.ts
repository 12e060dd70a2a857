import type { ExportedFunction, Linkage } from '@ipvm/wit/component'
import type { CompiledModule } from '../engine.ts'
import type { MeterNames } from '../instrument/instrument.ts'

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
  readonly meter: MeterNames
  /** What instantiating it costs, units of gas. */
  readonly gas: number
}
