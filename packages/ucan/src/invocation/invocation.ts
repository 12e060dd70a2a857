import { error, ok, type CID, type Result, type ValueMap } from '@ipvm/ipld'
import type { Did, Signer } from '@ipvm/varsig'
import * as claims from '../claim/claim.ts'
import type { UnixSeconds } from '../claim/claim.ts'
import type { Command } from '../command/command.ts'
import { openEnvelope, seal, type Envelope, type EnvelopeFailure, type SealOptions } from '../envelope/envelope.ts'
import { proofsMax } from '../limits.ts'
import { taskName } from '../task/task.ts'

/** A request to do a task, signed by who asks (UCAN Invocation 1.0). */
export interface Invocation {
  readonly envelope: Envelope
  readonly iss: Did
  readonly sub: Did
  readonly aud?: Did
  readonly cmd: Command
  readonly args: ValueMap
  readonly prf: readonly CID[]
  readonly nonce: Uint8Array
  readonly exp: UnixSeconds | null
  readonly iat?: UnixSeconds
  readonly cause?: CID
  readonly meta?: ValueMap
  /** The name of the task that is asked for: CID of `{sub, cmd, args, nonce}`. */
  readonly task: CID
}

/** What an invocation says, before it is signed; `iss` is the signer. */
export interface InvocationFields {
  readonly sub: Did
  readonly aud?: Did
  readonly cmd: Command
  readonly args: ValueMap
  readonly prf?: readonly CID[]
  readonly nonce: Uint8Array
  readonly exp: UnixSeconds | null
  readonly iat?: UnixSeconds
  readonly cause?: CID
  readonly meta?: ValueMap
}

const shape = {
  iss: claims.did,
  sub: claims.did,
  aud: claims.optional(claims.did),
  cmd: claims.command,
  args: claims.map,
  prf: claims.links(proofsMax),
  nonce: claims.bytes,
  exp: claims.integerOrNull,
  iat: claims.optional(claims.integer),
  cause: claims.optional(claims.link),
  meta: claims.optional(claims.map),
}

/** Signs an invocation. `iss` is the signer (UCAN Invocation § Payload). */
export async function invoke(fields: InvocationFields, signer: Signer, options: SealOptions = {}): Promise<Invocation> {
  const payload = { ...fields, prf: fields.prf ?? [], iss: signer.did }
  const envelope = await seal('inv', payload, signer, options)
  return inEnvelope(payload, envelope)
}

/**
 * Reads an invocation from its bytes; its signature, time bounds and proofs are not checked here: see `validate`.
 * Failures: `MalformedCbor`, `InvalidClaim`.
 */
export function decodeInvocation(bytes: Uint8Array): Result<Invocation, EnvelopeFailure> {
  const envelope = openEnvelope(bytes)
  return 'error' in envelope ? envelope : readInvocation(envelope.ok)
}

/** The invocation in an envelope that was opened already. */
export function readInvocation(envelope: Envelope): Result<Invocation, claims.InvalidClaim> {
  if (envelope.type !== 'inv') {
    return error(claims.invalidClaim('envelope', 'the token is a delegation, not an invocation'))
  }
  const payload = claims.readClaims(envelope.payload, shape, 'the invocation')
  if ('error' in payload) return payload
  return ok(inEnvelope(payload.ok, envelope))
}

/** Its task is named when that is asked for: whether it is to be obeyed does not depend on it, and receipts have no need. */
function inEnvelope(payload: Omit<Invocation, 'envelope' | 'task'>, envelope: Envelope): Invocation {
  let task: CID | undefined
  return {
    ...payload,
    envelope,
    get task() {
      task ??= taskName(payload)
      return task
    },
  }
}
