import type { CID, Failure, Result, Value } from '@ipvm/ipld'
import type { RunFailure } from './failure.ts'

/** A component by its name. `bytes` is called only where it is not prepared yet. */
export interface ModuleSource {
  readonly cid: CID
  bytes(): Promise<Result<Uint8Array, Failure>>
}

/** One call of one function. */
export interface RunRequest {
  readonly module: ModuleSource
  /** An export, in any spelling that `resolveExport` knows. */
  readonly fun: string
  readonly params: readonly Value[]
  readonly limits: {
    /** Milliseconds of running; waiting for a worker and preparing the module do not count. */
    readonly time: number
    /** Bytes that all memories of the component may have together. */
    readonly memory: number
  }
  /** The content of a link that stands where the function takes `list<u8>`. */
  readonly loadFile: (cid: CID) => Promise<Result<Uint8Array, Failure>>
  readonly signal?: AbortSignal
}

/**
 * How a run ended. `ok` is the function's result; of a WIT `result`, its ok payload; null where there is none.
 * `permanent` says that the failure is a property of the function, not a fact about this run (design § 3).
 */
export type RunOutcome = { readonly ok: Value } | { readonly error: RunFailure; readonly permanent: boolean }
