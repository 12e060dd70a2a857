import type { Result } from '@ipvm/ipld'
import type { Program } from '../component/program.ts'
import type { MalformedModule, UnsupportedModule } from '../module/failure.ts'
import type { Invocation, Invoked } from '../sandbox/invoke.ts'

/**
 * What the pool asks of a worker. Requests come several at a time; a job (what has a number) is answered by one reply,
 * jobs in the order in which they came, so that replies need no number.
 */
export type WorkerRequest = WorkerJob | ForgetRequest | WithdrawRequest

/** What is worked at, one after the other. */
export type WorkerJob =
  | {
      readonly kind: 'prepare'
      readonly number: number
      readonly key: string
      readonly bytes: Uint8Array
      /** Whether it is wanted as bytes, too, for a cache. */
      readonly freeze: boolean
    }
  | { readonly kind: 'thaw'; readonly number: number; readonly key: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: 'run'
      readonly number: number
      readonly key: string
      /** Sent along where the worker does not have it yet. */
      readonly program: Program | undefined
      readonly invocation: Invocation
    }

/** Lets go of a module, when the jobs before this are done. */
interface ForgetRequest {
  readonly kind: 'forget'
  readonly key: string
}

/** Jobs that need not be begun any more; heard ahead of those that wait. */
interface WithdrawRequest {
  readonly kind: 'withdraw'
  readonly numbers: readonly number[]
}

/** What a worker answers. `broke` is a bug of ours, or the host's failure. */
export type WorkerReply =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'prepared' } & Prepared)
  | { readonly kind: 'ran'; readonly invoked: Invoked; readonly milliseconds: number }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'broke'; readonly message: string }

/** A component that was prepared; `frozen` is the same for a cache. */
export interface Prepared {
  readonly prepared: Result<Program, MalformedModule | UnsupportedModule>
  readonly frozen?: Uint8Array<ArrayBuffer>
}
