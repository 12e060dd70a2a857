import { cidOf, codec, decode, encode, error, isMap, ok, type CID } from '@ipvm/ipld'
import type { MalformedCbor, Result, ValueMap } from '@ipvm/ipld'
import { encodeHeader, verifySignature, type Signer, type Verdict, type VerifyOptions } from '@ipvm/varsig'
import { invalidClaim, type InvalidClaim } from '../claim/claim.ts'
import { envelopeBytesMax, envelopeItemsMax } from '../limits.ts'

/** What an envelope holds: a delegation or an invocation. */
export type TokenType = 'dlg' | 'inv'

/** A token as it travels: its bytes, their name, and the parts that its signature covers (UCAN § Envelope). */
export interface Envelope {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly type: TokenType
  /** The version that its tag names. */
  readonly version: TokenVersion
  readonly payload: ValueMap
  readonly header: Uint8Array
  readonly signature: Uint8Array
  /** The original bytes that were signed; never a second encoding. */
  readonly signed: Uint8Array
}

/** The bytes are not an envelope. */
export type EnvelopeFailure = MalformedCbor | InvalidClaim

/** The versions of the envelope that are read. */
export type TokenVersion = '1.0.0' | '1.0.0-rc.1'

/** How a token is written. */
export interface SealOptions {
  /** The version in its tag; `1.0.0-rc.1` for peers that read nothing newer. Default `1.0.0`. */
  readonly version?: TokenVersion
}

/** The head of a list of two (RFC 8949 § 3.1). */
const listOfTwo = 0x82

const tags = new Map<string, { readonly type: TokenType; readonly version: TokenVersion }>([
  ['ucan/dlg@1.0.0', { type: 'dlg', version: '1.0.0' }],
  ['ucan/inv@1.0.0', { type: 'inv', version: '1.0.0' }],
  ['ucan/dlg@1.0.0-rc.1', { type: 'dlg', version: '1.0.0-rc.1' }],
  ['ucan/inv@1.0.0-rc.1', { type: 'inv', version: '1.0.0-rc.1' }],
])

/** Signs a payload: `[signature, {"h": varsig header, "ucan/<type>@<version>": payload}]` (UCAN § Envelope). */
export async function seal(
  type: TokenType,
  payload: ValueMap,
  signer: Signer,
  { version = '1.0.0' }: SealOptions = {},
): Promise<Envelope> {
  const header = encodeHeader(signer.algorithm)
  const content = { h: header, [`ucan/${type}@${version}`]: payload }
  const signed = encode(content)
  const signature = await signer.sign(signed)
  // A list of two is its head and both of them, one after the other: the content need not be written again.
  const first = encode([signature])
  const bytes = new Uint8Array(first.length + signed.length)
  bytes.set(first)
  bytes[0] = listOfTwo
  bytes.set(signed, first.length)
  return { cid: cidOf(codec.dagCbor, bytes), bytes, type, version, payload, header, signature, signed }
}

/**
 * Reads an envelope (UCAN § Envelope). The signature is not checked here: see {@link verifyEnvelope}. Failures:
 * `MalformedCbor`, `InvalidClaim`.
 *
 * @param cid the name of the bytes, where the caller has just computed it
 */
export function openEnvelope(bytes: Uint8Array, cid?: CID): Result<Envelope, EnvelopeFailure> {
  if (bytes.length > envelopeBytesMax) {
    return error(
      invalidClaim('envelope', `the envelope has ${bytes.length} bytes; at most ${envelopeBytesMax} are read`),
    )
  }
  const decoded = decode(bytes, undefined, envelopeItemsMax)
  if ('error' in decoded) return decoded
  const list = decoded.ok
  if (!Array.isArray(list) || list.length !== 2) return error(invalidClaim('envelope', 'an envelope is a list of two'))
  const [signature, content] = list
  if (!(signature instanceof Uint8Array)) return error(invalidClaim('signature', 'the signature is not bytes'))
  if (!isMap(content)) return error(invalidClaim('envelope', 'the signed part of an envelope is a map of two'))
  // The signed part is the list's last element, so it is all that follows the signature.
  const signed = bytes.subarray(signature.byteOffset - bytes.byteOffset + signature.length)
  return readContent(content, { bytes, signature, signed, cid: cid ?? cidOf(codec.dagCbor, bytes) })
}

function readContent(
  content: ValueMap,
  { cid, bytes, signature, signed }: Pick<Envelope, 'cid' | 'bytes' | 'signature' | 'signed'>,
): Result<Envelope, InvalidClaim> {
  const header = content.h
  if (!(header instanceof Uint8Array)) return error(invalidClaim('h', 'the varsig header "h" is not bytes'))
  const keys = Object.keys(content)
  const tag = keys.find(key => key !== 'h')
  if (tag === undefined || keys.length !== 2) {
    return error(invalidClaim('envelope', 'an envelope has exactly one payload'))
  }
  const kind = tags.get(tag)
  if (kind === undefined) {
    const field = tag.slice(0, 80)
    return error(
      invalidClaim(field, `the token type "${field}" is not known; known are ${[...tags.keys()].join(', ')}`),
    )
  }
  const payload = content[tag]
  if (!isMap(payload)) return error(invalidClaim(tag, 'the payload is not a map'))
  const { type, version } = kind
  return ok({ cid, bytes, type, version, payload, header, signature, signed })
}

/** Checks an envelope's signature against its issuer's key, over the original bytes (UCAN § Signature). */
export function verifyEnvelope(envelope: Envelope, options: VerifyOptions = {}): Verdict {
  const { payload, header, signed, signature } = envelope
  return verifySignature(typeof payload.iss === 'string' ? payload.iss : '', header, signed, signature, options)
}
