import type { Lift } from '@ipvm/wit/component'
import type { WitValue } from '@ipvm/wit/value'
import type { FindHostFunction, HostState } from '../host/host.ts'
import type { Meter } from '../instrument/meter.ts'
import type { Program } from './program.ts'
/** What the imports of an instance are served from. */
export interface Host {
  readonly state: HostState
  readonly find: FindHostFunction
}
/** The guest reached a function that needs a feature which ipvm does not have. Thrown through its frames, as a trap is. */
export declare class UnsupportedCall extends Error {
  readonly feature: string
  constructor(feature: string)
}
/**
 * One instance of a component, made by following its linkage step by step. Everything is synchronous, and everything
 * that a guest does in it (start functions, `cabi_realloc`, calls) can throw a trap.
 */
export declare class ComponentInstance {
  #private
  /** @param host what its imports are served from */
  constructor(program: Program, meter: Meter, host: Host)
  /** Bytes of the result of {@link ComponentInstance.run}. */
  get output(): number
  /** Calls an exported function, with arguments of its type, for a caller who takes so many bytes at most. */
  run(liftIndex: number, values: readonly WitValue[], output: number): WitValue | undefined
}
/** The lift behind a name of {@link Program.functions}. */
export declare function liftOf(
  program: Program,
  name: string,
):
  | {
      readonly index: number
      readonly lift: Lift
    }
  | undefined
//# sourceMappingURL=instance.d.ts.map
