import type { CID, Failure, Result, Value } from '@ipvm/ipld'
import type { RunFailure } from './failure.ts'

/** A component by its name. `bytes` is called only where it is not prepared yet. */
export interface ModuleSource {
  readonly cid: CID
  bytes(): Promise<Result<Uint8Array, Failure>>
}

/** What a run may use inside its thread. None of it shows in the result: crossing one ends the run. */
export interface Quotas {
  /** Units of the cost table (docs/gas.md). */
  readonly gas: number
  /** Bytes that all memories of the component may have together. */
  readonly memory: number
  /** Bytes of the result, as they cross the border of the guest. */
  readonly output: number
}

/** What a run used, in the units of {@link Quotas}. The same on every machine, unless a quota ended the run. */
export interface Usage {
  readonly gas: number
  readonly memory: number
  readonly output: number
}

/** What there is to say of a run beside its outcome. */
export interface RunReport extends Usage {
  /** Milliseconds of running. */
  readonly time: number
  /** What the guest wrote to its log, cut off at a limit. */
  readonly log: string
  /**
   * The guest's functions that were running when it failed, the innermost first, by their names where the module has
   * them. For people: engines differ in what they tell. Absent where it did not fail inside.
   */
  readonly stack?: readonly string[]
}

/** One call of one function. */
export interface RunRequest {
  readonly module: ModuleSource
  /** An export, in any spelling that `resolveExport` knows. */
  readonly fun: string
  readonly params: readonly Value[]
  /** What the guest's random numbers are drawn from: the digest of the resolved task. */
  readonly seed: Uint8Array
  readonly limits: Quotas & {
    /** Milliseconds of running; waiting for a worker and preparing the module do not count. */
    readonly time: number
  }
  /** The content of a link that stands where the function takes `list<u8>`. */
  readonly loadFile: (cid: CID) => Promise<Result<Uint8Array, Failure>>
  readonly signal?: AbortSignal
}

/**
 * How a run ended. `ok` is the function's result; of a WIT `result`, its ok payload; null where there is none.
 * `permanent` says that the failure is a property of the function, not a fact about this run (design § 3).
 */
export type RunOutcome =
  | { readonly ok: Value; readonly fx?: AskedEffects }
  | { readonly error: RunFailure; readonly permanent: boolean }

/** The tasks that a function asks for beside its value, each as DAG-CBOR that nobody has read yet. */
export interface AskedEffects {
  readonly fork: readonly Uint8Array[]
  readonly join?: Uint8Array
}

/** A run: its outcome, and a report where it came to run at all. */
export interface Run {
  readonly outcome: RunOutcome
  readonly report?: RunReport
}
