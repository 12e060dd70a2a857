import type { Result } from '@ipvm/ipld'
import type { Program } from '../component/program.ts'
import type { MalformedModule, UnsupportedModule } from '../module/failure.ts'
import type { Invocation, Invoked } from '../sandbox/invoke.ts'

/** What the pool asks of a worker. A worker has one request at a time, so that replies need no number. */
export type WorkerRequest =
  | {
      readonly kind: 'prepare'
      readonly key: string
      readonly bytes: Uint8Array
      /** Whether it is wanted as bytes, too, for a cache. */
      readonly freeze: boolean
    }
  | { readonly kind: 'thaw'; readonly key: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: 'run'
      readonly key: string
      /** Sent along where the worker does not have it yet. */
      readonly program: Program | undefined
      readonly invocation: Invocation
    }
  | { readonly kind: 'forget'; readonly key: string }

/** What a worker answers. `broke` is a bug of ours, or the host's failure. */
export type WorkerReply =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'prepared' } & Prepared)
  | { readonly kind: 'ran'; readonly invoked: Invoked; readonly milliseconds: number }
  | { readonly kind: 'broke'; readonly message: string }

/** A component that was prepared; `frozen` is the same for a cache. */
export interface Prepared {
  readonly prepared: Result<Program, MalformedModule | UnsupportedModule>
  readonly frozen?: Uint8Array<ArrayBuffer>
}
