import type { WitValue } from '@ipvm/wit/value'
import type { Program } from '../component/program.ts'
import { type FindHostFunction } from '../host/host.ts'
import type {
  HostFailure,
  MalformedModule,
  MemoryQuotaCrossed,
  OutOfGas,
  OutputQuotaCrossed,
  Trap,
  UnsupportedModule,
} from './failure.ts'
import type { Quotas, Usage } from './run.ts'
/** How an invocation ended: with a value of the function's result type, none for a function without a result. */
export type InvocationResult =
  | {
      readonly ok: WitValue | undefined
    }
  | {
      readonly error: InvocationFailure
    }
/** An invocation that ended, and what it used and wrote meanwhile. */
export interface Invoked {
  readonly result: InvocationResult
  readonly usage: Usage
  readonly log: string
}
/** What can end an invocation other than its end. */
export type InvocationFailure =
  | Trap
  | OutOfGas
  | MemoryQuotaCrossed
  | OutputQuotaCrossed
  | HostFailure
  | MalformedModule
  | UnsupportedModule
/** One call of an exported function. */
export interface Invocation {
  /** The exact name of an export. */
  readonly fun: string
  /** Values of the function's parameter types. */
  readonly args: readonly WitValue[]
  readonly quotas: Quotas
  /** What the guest's random numbers are drawn from. */
  readonly seed: Uint8Array
}
/**
 * Runs an exported function in a fresh instance, in this thread, to its end: nothing here can stop it but gas. `find` is
 * what the imports are served from, `hostFunction`: it takes a while to load, and most programs have none.
 */
export declare function invoke(
  program: Program,
  { fun, args, quotas, seed }: Invocation,
  find?: FindHostFunction,
): Invoked
//# sourceMappingURL=invoke.d.ts.map
