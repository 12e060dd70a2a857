import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { base58btc } from 'multiformats/bases/base58'
import type { Algorithm } from '../header/header.ts'

/** A decentralised identifier (W3C DID 1.0). */
export type Did = `did:${string}:${string}`

/** The text is not a DID whose key is understood. */
export interface MalformedDid extends Failure {
  readonly name: 'MalformedDid'
}

/** A key that checks signatures. */
export interface PublicKey {
  readonly algorithm: Algorithm
  readonly bytes: Uint8Array
}

const ed25519Prefix = [0xed, 0x01] as const
const ed25519KeyBytes = 32

/** Whether a text has the form of a DID; says nothing about its method. */
export function isDid(text: unknown): text is Did {
  return typeof text === 'string' && /^did:[a-z0-9]+:[^\s#]+$/.test(text) && text.length <= 2048
}

/** The `did:key` of a public key. */
export function didKey(key: PublicKey): Did {
  return `did:key:${base58btc.encode(Uint8Array.of(...ed25519Prefix, ...key.bytes))}`
}

/** The public key in a `did:key` (did:key 0.7). Failure: `MalformedDid`. */
export function parseDidKey(did: string): Result<PublicKey, MalformedDid> {
  const refuse = (problem: string) =>
    error<MalformedDid>({ name: 'MalformedDid', message: `${did.slice(0, 100)} ${problem}` })
  if (!did.startsWith('did:key:z')) return refuse('is not a did:key; a did:key starts with did:key:z')
  if (did.length > 128) return refuse('is too long for a did:key')
  let bytes: Uint8Array
  try {
    bytes = base58btc.decode(did.slice('did:key:'.length))
  } catch {
    return refuse('is not base58')
  }
  if (bytes[0] !== ed25519Prefix[0] || bytes[1] !== ed25519Prefix[1]) return refuse('is not an Ed25519 key')
  if (bytes.length !== ed25519Prefix.length + ed25519KeyBytes) return refuse('has a key of the wrong length')
  return ok({ algorithm: 'Ed25519', bytes: bytes.subarray(ed25519Prefix.length) })
}
