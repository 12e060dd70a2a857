import type { Failure, Value } from '@ipvm/ipld'
import type { TypeMismatch, Unrepresentable } from '@ipvm/wit'
import type { MalformedModule, UnsupportedModule } from '../module/failure.ts'
export type { MalformedModule, TypeMismatch, UnsupportedModule, Unrepresentable }
/** The function answered with its own error (a WIT `result`); `value` is the payload. Permanent. */
export interface GuestError extends Failure {
  readonly name: 'GuestError'
  readonly value: Value
}
/** The function ended in a trap, named in plain words, the same for every engine. Permanent. */
export interface Trap extends Failure {
  readonly name: 'Trap'
}
/** The module has no such function; the message lists what there is. */
export interface UnknownFunction extends Failure {
  readonly name: 'UnknownFunction'
}
/** The memories of the run together wanted `used` bytes, where `limit` were allowed. */
export interface MemoryQuotaCrossed extends Failure {
  readonly name: 'MemoryQuota'
  readonly used: number
  readonly limit: number
}
/** The run and its instances wanted more gas than `limit`; `used` is what it had used when it was ended. */
export interface OutOfGas extends Failure {
  readonly name: 'OutOfGas'
  readonly used: number
  readonly limit: number
}
/** The result is larger than `limit` bytes; `used` is how far it had been read when the run was ended. */
export interface OutputQuotaCrossed extends Failure {
  readonly name: 'OutputQuota'
  readonly used: number
  readonly limit: number
}
/** The run took longer than `limit` milliseconds. */
export interface TimeLimit extends Failure {
  readonly name: 'TimeLimit'
  readonly limit: number
}
/** The caller's `AbortSignal` ended the run. */
export interface Cancelled extends Failure {
  readonly name: 'Cancelled'
}
/** The content of a link that stands where bytes are wanted could not be had. */
export interface MissingFile extends Failure {
  readonly name: 'MissingFile'
}
/** The machine could not run it: out of memory, out of stack, a worker that broke. Another try may work. */
export interface HostFailure extends Failure {
  readonly name: 'HostFailure'
}
/** Everything that a run can end in other than a value. */
export type RunFailure =
  | GuestError
  | Trap
  | Unrepresentable
  | UnknownFunction
  | TypeMismatch
  | UnsupportedModule
  | MalformedModule
  | OutOfGas
  | MemoryQuotaCrossed
  | OutputQuotaCrossed
  | TimeLimit
  | Cancelled
  | MissingFile
  | HostFailure
/** Failures that are properties of the function: the same on every machine, so receipts of them are kept. */
export declare function isPermanent(failure: RunFailure): boolean
//# sourceMappingURL=failure.d.ts.map
