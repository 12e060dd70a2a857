import type { CoreModule } from '../module/core-module.ts'
/** A module rewritten to obey the quotas, and what linking it needs to know. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly meter: MeterNames
  /** What instantiating it costs, units of gas. */
  readonly gas: number
  /** Whether any function grows a table. */
  readonly growsTables: boolean
}
/** Names that no import or export of the module has, for what the linker gives and takes. */
export interface MeterNames {
  /** The namespace of the imported globals `pool`, `depth`, `pages` and, where the memory is imported, `cap`. */
  readonly namespace: string
  readonly importsCap: boolean
  /** The export of the module's own counter. */
  readonly gas: string
  /** The export of its start function: it runs when the counter can be read. */
  readonly start: string | undefined
}
/**
 * Rewrites a module so that it counts its gas and its stack, obeys the caps and quotas, and computes the same NaNs
 * everywhere (docs/gas.md). Custom sections are left out: what they say about code offsets would be wrong. Code that is
 * malformed or outside the profile throws `Refusal` or `FeatureRefusal`.
 */
export declare function instrument(module: CoreModule): Instrumented
//# sourceMappingURL=instrument.d.ts.map
