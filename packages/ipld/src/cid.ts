import { bases } from '#bases'
import { sha256 } from '#sha256'
import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { characters } from './characters.ts'
import { cidTextLengthMax } from './limits.ts'
import { error, ok, type Failure, type Result } from './result.ts'

export { CID }

/** Multicodec codes of the block formats that ipvm reads and writes. */
export const codec = { raw: 0x55, dagPb: 0x70, dagCbor: 0x71 } as const

const sha256Code = 0x12

/** CIDv1, a code of one byte, sha2-256: what nearly every name is. */
const shortCidBytes = 36
const digestStart = 4
const longestShortCode = 0x7f

/** The longest name whose bytes are taken as characters at one go. */
const keyBytesMax = 64

/** The text or bytes are not a CID. */
export interface MalformedCid extends Failure {
  readonly name: 'MalformedCid'
}

/** The CIDv1 (sha2-256) of a block's bytes, under a multicodec code. */
export function cidOf(code: number, bytes: Uint8Array): CID {
  const digest = sha256(bytes)
  if (code > longestShortCode) return CID.createV1(code, Digest.create(sha256Code, digest))
  const whole = new Uint8Array(shortCidBytes)
  whole[0] = 1
  whole[1] = code
  whole[2] = sha256Code
  whole[3] = digest.length
  whole.set(digest, digestStart)
  return shortCid(whole, code)
}

/** A CID of the usual form around its own bytes: multiformats would copy each part of them once more. */
function shortCid(whole: Uint8Array<ArrayBuffer>, code: number): CID {
  const digest = whole.subarray(digestStart)
  const multihash = new Digest.Digest(sha256Code, digest.length, digest, whole.subarray(2))
  return new CID(1, code, multihash, whole)
}

/**
 * A CID as a key of a Map: its bytes as characters. Ten times as fast as its text, which moreover is kept for as long as
 * the CID is, and costs the garbage collector dear where there are thousands.
 */
export function cidKey(cid: CID): string {
  return cid.bytes.length > keyBytesMax ? cid.toString() : characters(cid.bytes)
}

/** Whether these are the bytes that the CID names. A hash other than sha2-256 never matches. */
export function isNamedBy(cid: CID, bytes: Uint8Array): boolean {
  if (cid.multihash.code !== sha256Code) return false
  const digest = sha256(bytes)
  const claimed = cid.multihash.digest
  return digest.length === claimed.length && digest.every((byte, i) => byte === claimed[i])
}

/** Reads a CID in any multibase that multiformats knows; prints nothing, throws nothing. */
export function parseCid(text: string): Result<CID, MalformedCid> {
  if (text.length > cidTextLengthMax) return error(malformedCid(text))
  try {
    const base = bases.find(({ prefix }) => text.startsWith(prefix)) ?? base32
    return ok(text.startsWith('Qm') ? CID.parse(text) : CID.parse(text, base.decoder))
  } catch {
    return error(malformedCid(text))
  }
}

function malformedCid(text: string): MalformedCid {
  return { name: 'MalformedCid', message: `"${text.slice(0, 80)}" is not a CID; a CID looks like bafyrei…` }
}

/**
 * Reads the CID that bytes begin with, in its one encoding, and gives what follows. Undefined where there is none:
 * multiformats also takes a version 0 with a codec, which it drops, so that two encodings would be one name.
 */
export function takeCid(bytes: Uint8Array): readonly [CID, rest: Uint8Array] | undefined {
  const version = bytes[0]
  const code = bytes[1] ?? 0
  const isShort =
    version === 1 && code <= longestShortCode && bytes[2] === sha256Code && bytes[3] === shortCidBytes - digestStart
  if (isShort && bytes.length >= shortCidBytes) {
    return [shortCid(bytes.slice(0, shortCidBytes), code), bytes.subarray(shortCidBytes)]
  }
  try {
    const [cid, rest] = CID.decodeFirst(bytes)
    const isWhole = cid.bytes.length + rest.length === bytes.length
    return isWhole && cid.bytes.every((byte, i) => byte === bytes[i]) ? [cid, rest] : undefined
  } catch {
    return undefined
  }
}
