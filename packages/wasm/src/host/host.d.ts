import type { FunctionType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import type { RunLog } from './log.ts'
import type { RandomStream } from './random.ts'
/** What one run gives to the host functions that its guest calls. */
export interface HostContext {
  /** What random numbers are drawn from: the digest of the resolved task. */
  readonly seed: Uint8Array
  readonly log: RunLog
  /** Takes gas for work that the host does for the guest; may end the run by throwing. */
  charge(units: number): void
}
/** A run's context, and what its host functions remember from call to call. */
export interface HostState extends HostContext {
  /** The streams that were drawn from, by their label. */
  readonly streams: Map<string, RandomStream>
}
/**
 * A function that a guest may import. It is a function of its arguments and the run's state alone, so that a run gives
 * the same wherever it is run. Arguments are of the type's parameters; handles are the numbers that host functions gave.
 */
export interface HostFunction {
  readonly type: FunctionType
  readonly run: (state: HostState, args: readonly WitValue[]) => WitValue | undefined
}
/** The functions of an interface by name; methods as `[method]input-stream.read`. */
export type HostInterface = ReadonlyMap<string, HostFunction>
/** A host function by the interface that a guest imports it from. */
export type FindHostFunction = (host: string, name: string) => HostFunction | undefined
/** The state of a run that has not begun. */
export declare function hostState(context: HostContext): HostState
/** Gas for handling `bytes` bytes: one unit for each eight, as bulk operations of a guest cost. */
export declare function chargeBytes(state: HostContext, bytes: number): void
//# sourceMappingURL=host.d.ts.map
