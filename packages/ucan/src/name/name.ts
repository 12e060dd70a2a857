import { CID, encode, error, ok, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { Did, SignatureFailure, Signer, VerifyOptions } from '@ipvm/varsig'
import * as claims from '../claim/claim.ts'
import type { InvalidClaim } from '../claim/claim.ts'
import type { Command } from '../command/command.ts'
import { verifyEnvelope, type EnvelopeFailure } from '../envelope/envelope.ts'
import { decodeInvocation, invoke, type Invocation } from '../invocation/invocation.ts'
import { inlineBytesMax, licenceLengthMax, nameLengthMax } from '../limits.ts'
import { noNonce } from '../task/task.ts'

/** The command under which an agent gives a name of its own to a module (ADR 47). */
export const nameCommand: Command = '/name/assert'

/** What a name record says. */
export interface NameFields {
  /** The name, one of its issuer's: `did:key:z6Mk…/image` to all others. See {@link isName}. */
  readonly name: string
  /** The file of the module that has the name. */
  readonly mod: CID
  /** Which of the records of a name counts: the highest. From 1. */
  readonly seq: number
  /** The module's WIT: the text, or where it is long a link to a file of it. For people; types come from the module. */
  readonly wit: string | CID
  /** The file of what it was made from. */
  readonly source?: CID
  /** Under which licence it may be used, an SPDX expression. */
  readonly licence?: string
}

/** A name record whose signature was checked. */
export interface NameRecord extends NameFields {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly iss: Did
}

/** Why bytes were not accepted as a name record. */
export type NameFailure = EnvelopeFailure | SignatureFailure

/** The issuer gave the same number to two different records of a name: neither can be told to be the later one. */
export interface NameEquivocation extends Failure {
  readonly name: 'NameEquivocation'
  readonly records: readonly [CID, CID]
}

/** Whether a text can be a name: lower-case words of a-z and 0-9, the first with a letter, joined by single dashes. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && text.length <= nameLengthMax && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text)
}

/** Whether a text has the form of an SPDX licence expression: identifiers joined by AND, OR, WITH, and parentheses. */
export function isLicence(text: unknown): text is string {
  return (
    typeof text === 'string' && text.length <= licenceLengthMax && /^[A-Za-z0-9.+()-][A-Za-z0-9.+()\- ]*$/.test(text)
  )
}

const shape = {
  name: textThat('a name such as blur-image', isName),
  mod: claims.link,
  seq: {
    expected: 'a natural number from 1',
    mayBeAbsent: false,
    holds: (value: Value): value is number => Number.isSafeInteger(value) && Number(value) > 0,
  },
  wit: {
    expected: `text of at most ${inlineBytesMax} bytes, or a link`,
    mayBeAbsent: false,
    holds: (value: Value): value is string | CID => value instanceof CID || isInline(value),
  },
  source: claims.optional(claims.link),
  licence: claims.optional(textThat('an SPDX expression such as Apache-2.0', isLicence)),
} satisfies claims.Shape

function textThat(expected: string, holds: (value: unknown) => value is string): claims.Check<string> {
  return { expected, mayBeAbsent: false, holds }
}

function isInline(value: Value): value is string {
  return typeof value === 'string' && new TextEncoder().encode(value).length <= inlineBytesMax
}

/**
 * Signs a name record; the signer is whose name it is. The same fields of an Ed25519 key are the same record.
 *
 * @throws TypeError when a field is not what a reader accepts
 */
export async function assertName(fields: NameFields, signer: Signer): Promise<NameRecord> {
  const args = argsOf(fields)
  const checked = claims.readClaims(args, shape, 'the name record')
  if ('error' in checked) throw new TypeError(checked.error.message)
  const { envelope, iss } = await invoke({ sub: signer.did, cmd: nameCommand, args, nonce: noNonce, exp: null }, signer)
  return { ...fields, iss, cid: envelope.cid, bytes: envelope.bytes }
}

/**
 * Reads a name record and checks its form and its signature, over the original bytes. Failures: `MalformedCbor`,
 * `InvalidClaim`, and those of a signature.
 */
export async function readName(
  bytes: Uint8Array,
  options: VerifyOptions = {},
): Promise<Result<NameRecord, NameFailure>> {
  const invocation = decodeInvocation(bytes)
  if ('error' in invocation) return invocation
  const { args, iss, envelope } = invocation.ok
  const invalid = notOfItself(invocation.ok)
  if (invalid) return error(invalid)
  const fields = claims.readClaims(args, shape, 'the name record')
  if ('error' in fields) return fields
  const signature = await verifyEnvelope(envelope, options)
  if ('error' in signature) return signature
  return ok({ ...fields.ok, iss, cid: envelope.cid, bytes: envelope.bytes })
}

/** An agent names what is its own and needs no proof: issuer is subject, no audience, nothing delegated, for good. */
function notOfItself({ cmd, iss, sub, aud, prf, exp }: Invocation): InvalidClaim | undefined {
  if (cmd !== nameCommand) return claims.invalidClaim('cmd', `a name record invokes ${nameCommand}, not ${cmd}`)
  if (iss !== sub) return claims.invalidClaim('sub', "a name record's issuer has to be its subject")
  if (aud !== undefined) return claims.invalidClaim('aud', 'a name record has no audience')
  if (exp !== null)
    return claims.invalidClaim('exp', 'a name record holds until a later one, and has no end of its own')
  return prf.length > 0 ? claims.invalidClaim('prf', 'a name record has no proofs') : undefined
}

function argsOf({ name, mod, seq, wit, source, licence }: NameFields): ValueMap {
  return { name, mod, seq, wit, ...(source && { source }), ...(licence !== undefined && { licence }) }
}

/** Whether two records say the same; their signatures need not be the same bytes. */
export function saysTheSame(a: NameFields, b: NameFields): boolean {
  const [one, other] = [encode(argsOf(a)), encode(argsOf(b))]
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}

/**
 * Which of two records of one name counts. Failure: `NameEquivocation` where they have the same number and do not
 * say the same.
 */
export function laterName(a: NameRecord, b: NameRecord): Result<NameRecord, NameEquivocation> {
  if (a.seq !== b.seq) return ok(a.seq > b.seq ? a : b)
  if (saysTheSame(a, b)) return ok(a)
  const message = `${a.iss} gave the number ${a.seq} to two records of ${a.name}, ${a.cid} and ${b.cid}: ask them for a later one`
  return error({ name: 'NameEquivocation', message, records: [a.cid, b.cid] })
}
