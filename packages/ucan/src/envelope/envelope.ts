import { cidOf, codec, decode, encode, error, isMap, ok, type ByteRanges, type CID } from '@ipvm/ipld'
import type { MalformedCbor, Result, Unit, ValueMap } from '@ipvm/ipld'
import { encodeHeader, verifySignature, type SignatureFailure, type Signer } from '@ipvm/varsig'
import { invalidClaim, type InvalidClaim } from '../claim/claim.ts'
import { envelopeBytesMax } from '../limits.ts'

/** What an envelope holds: a delegation or an invocation. */
export type TokenType = 'dlg' | 'inv'

/** A token as it travels: its bytes, their name, and the parts that its signature covers (UCAN § Envelope). */
export interface Envelope {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly type: TokenType
  readonly payload: ValueMap
  readonly header: Uint8Array
  readonly signature: Uint8Array
  /** The original bytes that were signed; never a second encoding. */
  readonly signed: Uint8Array
}

/** The bytes are not an envelope. */
export type EnvelopeFailure = MalformedCbor | InvalidClaim

const tags: Readonly<Record<string, TokenType>> = {
  'ucan/dlg@1.0.0': 'dlg',
  'ucan/inv@1.0.0': 'inv',
  'ucan/dlg@1.0.0-rc.1': 'dlg',
  'ucan/inv@1.0.0-rc.1': 'inv',
}

/** Signs a payload: `[signature, {"h": varsig header, "ucan/<type>@1.0.0": payload}]`. */
export async function seal(type: TokenType, payload: ValueMap, signer: Signer): Promise<Envelope> {
  const header = encodeHeader(signer.algorithm)
  const content = { h: header, [`ucan/${type}@1.0.0`]: payload }
  const signed = encode(content)
  const signature = await signer.sign(signed)
  const bytes = encode([signature, content])
  return { cid: cidOf(codec.dagCbor, bytes), bytes, type, payload, header, signature, signed }
}

/** Reads an envelope. The signature is not checked here: see {@link verifyEnvelope}. */
export function openEnvelope(bytes: Uint8Array): Result<Envelope, EnvelopeFailure> {
  if (bytes.length > envelopeBytesMax) {
    return error(
      invalidClaim('envelope', `the envelope has ${bytes.length} bytes; at most ${envelopeBytesMax} are read`),
    )
  }
  const ranges: ByteRanges = new WeakMap()
  const decoded = decode(bytes, ranges)
  if ('error' in decoded) return decoded
  const list = decoded.ok
  if (!Array.isArray(list) || list.length !== 2) return error(invalidClaim('envelope', 'an envelope is a list of two'))
  const [signature, content] = list
  if (!(signature instanceof Uint8Array)) return error(invalidClaim('signature', 'the signature is not bytes'))
  if (!isMap(content)) return error(invalidClaim('envelope', 'the signed part of an envelope is a map of two'))
  const [tag, ...more] = Object.keys(content).filter(key => key !== 'h')
  const header = content.h
  if (!(header instanceof Uint8Array)) return error(invalidClaim('h', 'the varsig header "h" is not bytes'))
  if (tag === undefined || more.length > 0)
    return error(invalidClaim('envelope', 'an envelope has exactly one payload'))
  const type = Object.hasOwn(tags, tag) ? tags[tag] : undefined
  if (type === undefined) return error(invalidClaim(tag, `the token type "${tag.slice(0, 80)}" is not known`))
  const payload = content[tag]
  if (!isMap(payload)) return error(invalidClaim(tag, 'the payload is not a map'))
  const range = ranges.get(content)
  if (!range) throw new Error('the decoder noted the range of every map')
  const signed = bytes.subarray(...range)
  return ok({ cid: cidOf(codec.dagCbor, bytes), bytes, type, payload, header, signature, signed })
}

/** Checks an envelope's signature against its issuer's key. */
export function verifyEnvelope(envelope: Envelope): Result<Unit, SignatureFailure | InvalidClaim> {
  const issuer = envelope.payload.iss
  if (typeof issuer !== 'string') return error(invalidClaim('iss', 'the payload lacks an issuer'))
  return verifySignature(issuer, envelope.header, envelope.signed, envelope.signature)
}
