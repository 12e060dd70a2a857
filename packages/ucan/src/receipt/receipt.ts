import { type CID, error, isMap, ok, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { Did, SignatureFailure, Signer, VerifyOptions } from '@ipvm/varsig'
import * as claims from '../claim/claim.ts'
import type { InvalidClaim, UnixSeconds } from '../claim/claim.ts'
import type { Command } from '../command/command.ts'
import { verifyEnvelope, type EnvelopeFailure } from '../envelope/envelope.ts'
import { decodeInvocation, invoke, type Invocation } from '../invocation/invocation.ts'
import { receiptLinksMax } from '../limits.ts'
import { readTask, taskValue, type Task } from '../task/task.ts'

/** How a task ended. An error carries a name and a message, and what else helps to act on it. */
export type Outcome = { readonly ok: Value } | { readonly error: OutcomeError }

/** The error of a task, as data: any {@link Failure}, with IPLD values as further fields. */
export interface OutcomeError extends Failure {
  readonly [field: string]: Value
}

/** What a receipt says (UCAN Receipt, as invocation of `/ucan/assert/receipt`). */
export interface ReceiptFields {
  /** The task that was asked for. */
  readonly ran: CID
  /** The resolved task, promises replaced by values, where that is another name than `ran`. */
  readonly as?: CID
  /** The receipts whose values went in. */
  readonly from?: readonly CID[]
  readonly out: Outcome
  /** The execution profile that the result belongs to; every `/wasm/run` has one. */
  readonly profile?: string
  /** What the run asks to be done next. */
  readonly fx?: Effects
  /** What the run cost, in the units of the profile. */
  readonly gas?: number
  /** When an impermanent receipt stops to count; null where the result is a property of the task. */
  readonly exp: UnixSeconds | null
}

/** A receipt whose signature was checked. */
export interface Receipt extends ReceiptFields {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly iss: Did
}

/** Why bytes were not accepted as a receipt. */
export type ReceiptFailure = EnvelopeFailure | SignatureFailure

/** The command under which receipts are issued. */
export const receiptCommand: Command = '/ucan/assert/receipt'

/** Tasks that a run asks to be enqueued: `fork` side by side, `join` after them (UCAN Invocation § Effects). */
export interface Effects {
  readonly fork: readonly Task[]
  readonly join?: Task
}

const out: claims.Check<Outcome> = {
  expected: 'an outcome, {ok} or {error: {name, message}}',
  mayBeAbsent: false,
  holds: isOutcome,
}

const shape = {
  ran: claims.link,
  as: claims.optional(claims.link),
  from: claims.optional(claims.links(receiptLinksMax)),
  out,
  fx: claims.optional(claims.map),
  gas: claims.optional(claims.natural),
  profile: claims.optional(claims.text),
}

/** Signs a receipt; the signer is the executor. */
export async function issueReceipt(fields: ReceiptFields, executor: Signer): Promise<Receipt> {
  const { ran, as, from, out, fx, gas, profile, exp } = fields
  const args: ValueMap = {
    ran,
    ...(as && { as }),
    ...(from && from.length > 0 && { from }),
    out,
    ...(fx && { fx: effectsValue(fx) }),
    ...(gas !== undefined && { gas }),
    ...(profile !== undefined && { profile }),
  }
  // Without a nonce, the same result of the same executor is the same receipt.
  const invocation = await invoke(
    { sub: executor.did, cmd: receiptCommand, args, nonce: new Uint8Array(0), exp },
    executor,
  )
  return { ...fields, iss: invocation.iss, cid: invocation.envelope.cid, bytes: invocation.envelope.bytes }
}

/**
 * Reads a receipt and checks its form and its signature, over the original bytes (UCAN Receipt). Failures:
 * `MalformedCbor`, `InvalidClaim`, and those of a signature.
 */
export async function readReceipt(
  bytes: Uint8Array,
  options: VerifyOptions = {},
): Promise<Result<Receipt, ReceiptFailure>> {
  const invocation = decodeInvocation(bytes)
  if ('error' in invocation) return invocation
  const { args, iss, exp, envelope } = invocation.ok
  const invalid = notOfItself(invocation.ok)
  if (invalid) return error(invalid)
  const fields = claims.readClaims(args, shape, 'the receipt')
  if ('error' in fields) return fields
  const { fx, ...others } = fields.ok
  const effects = fx && readEffects(fx)
  if (effects && 'error' in effects) return effects
  const signature = await verifyEnvelope(envelope, options)
  if ('error' in signature) return signature
  const { cid } = envelope
  return ok({ ...others, ...(effects && { fx: effects.ok }), exp, iss, cid, bytes: envelope.bytes })
}

/** An executor speaks of itself and needs no proof: issuer is subject, no audience, nothing delegated. */
function notOfItself({ cmd, iss, sub, aud, prf }: Invocation): InvalidClaim | undefined {
  if (cmd !== receiptCommand) return claims.invalidClaim('cmd', `a receipt invokes ${receiptCommand}, not ${cmd}`)
  if (iss !== sub) return claims.invalidClaim('sub', "a receipt's issuer has to be its subject")
  if (aud !== undefined) return claims.invalidClaim('aud', 'a receipt has no audience')
  return prf.length > 0 ? claims.invalidClaim('prf', 'a receipt has no proofs') : undefined
}

function effectsValue({ fork, join }: Effects): ValueMap {
  return { fork: fork.map(taskValue), ...(join && { join: taskValue(join) }) }
}

function readEffects(fx: ValueMap): Result<Effects, InvalidClaim> {
  const fields = claims.readClaims(fx, { fork: claims.list, join: claims.optional(claims.map) }, "the receipt's fx")
  if ('error' in fields) return fields
  const { fork, join } = fields.ok
  if (fork.length > receiptLinksMax) {
    return error(claims.invalidClaim('fork', `the receipt asks for more than ${receiptLinksMax} tasks`))
  }
  const tasks: Task[] = []
  for (const value of join ? [...fork, join] : fork) {
    const task = readTask(value)
    if ('error' in task) return task
    tasks.push(task.ok)
  }
  const last = join && tasks.pop()
  return ok({ fork: tasks, ...(last && { join: last }) })
}

function isOutcome(value: Value): value is Outcome {
  if (!isMap(value) || Object.keys(value).length !== 1) return false
  if (value.ok !== undefined) return true
  const failure = value.error
  return isMap(failure) && typeof failure.name === 'string' && typeof failure.message === 'string'
}

/** What a receipt's result is a result of: the resolved task where it names one, else the task that was asked for. */
export function resolvedName({ as, ran }: Pick<ReceiptFields, 'as' | 'ran'>): CID {
  return as ?? ran
}
