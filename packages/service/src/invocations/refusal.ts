import { error, type Failure, type Result } from '@ipvm/ipld'
import type { Refusal } from '@ipvm/network'

/** How failures are told over HTTP, where 403 is not the right one. */
const statuses: Readonly<Record<string, Refusal['status']>> = {
  Cancelled: 409,
  CyclicWorkflow: 422,
  EffectOff: 404,
  InvalidClaim: 422,
  InvalidWorkflow: 422,
  MalformedArguments: 422,
  MalformedContents: 400,
  MalformedCbor: 400,
  MissingEvent: 422,
  MissingWorkflow: 422,
  NoSeal: 422,
  SecretLeak: 422,
  Unknown: 409,
  UnknownCommand: 404,
}

/** How soon to try again where the disk is full, milliseconds. */
const fullRetryMilliseconds = 10_000

/** A failure as what a stranger is told. */
export function refusalOf(failure: Failure & { readonly retryAfter?: number }): Refusal {
  const { name, message, retryAfter } = failure
  if (name === 'Busy') return { name: 'Busy', message, ...(retryAfter !== undefined && { retryAfter }) }
  if (name === 'StoreFull') return { name: 'Busy', message, retryAfter: fullRetryMilliseconds, reason: failure }
  // What a chain of proofs does not allow is forbidden, whatever is wrong with the chain.
  const status = 'trace' in failure ? undefined : statuses[name]
  return { name: 'Refused', message, reason: failure, ...(status && { status }) }
}

/** The same as a result. */
export function refused(failure: Failure & { readonly retryAfter?: number }): Result<never, Refusal> {
  return error(refusalOf(failure))
}

/** The arguments of an invocation are not what its command takes. */
export function malformedArguments(cmd: string, takes: string): Result<never, Refusal> {
  return refused({ name: 'MalformedArguments', message: `${cmd} takes ${takes}` })
}
