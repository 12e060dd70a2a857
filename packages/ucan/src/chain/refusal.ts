import type { CID, Failure, Value } from '@ipvm/ipld'

/** Why authority is refused: the closed set of names (UCAN fixtures; the project's wire format). */
export type RefusalName =
  | 'InvalidClaim'
  | 'UnavailableProof'
  | 'Expired'
  | 'TooEarly'
  | 'InvalidAudience'
  | 'InvalidSubject'
  | 'InvalidSignature'
  | 'MatchError'
  | 'Revoked'
  | 'Replayed'
  | 'MalformedArguments'
  | 'Unresolved'

/** What is wrong, for a program and for a person. */
export interface Fault extends Failure {
  readonly name: RefusalName
  /** A sentence that says what is wrong and what to do; no value of an argument is in it. */
  readonly message: string
  /** Which proof, from 0 at the root; absent where it is the invocation itself. */
  readonly proof?: number
  /** The token at fault. */
  readonly cid?: CID
  /** The field at fault. */
  readonly field?: string
  /** The policy statement that does not hold, as text, and where it stands. */
  readonly statement?: string
  readonly path?: string
  readonly selector?: string
  /** What the selector found. Arguments may be confidential: think before logging it. */
  readonly value?: Value
}

/** Why an invocation is not obeyed. */
export interface Refusal extends Fault {
  /** The whole chain, a line each, for a person to read; values of arguments are in it, abbreviated. */
  readonly trace: readonly string[]
}
