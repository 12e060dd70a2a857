import { error, ok, type Result } from '@ipvm/ipld'
import { base58btc } from 'multiformats/bases/base58'
import type { Algorithm } from '../header/header.ts'
import { didKeyLengthMax } from '../limits.ts'
import { malformedDid, withoutFragment, type Did, type MalformedDid, type PublicKey } from './did.ts'

/** The multicodec of each key type, as varint, and the length of its keys (did:key 0.7 § Signature Method Algorithm). */
const keyTypes: Readonly<Record<Algorithm, { readonly prefix: readonly [number, number]; readonly length: number }>> = {
  Ed25519: { prefix: [0xed, 0x01], length: 32 },
  'P-256': { prefix: [0x80, 0x24], length: 33 },
  secp256k1: { prefix: [0xe7, 0x01], length: 33 },
}
const algorithms: readonly Algorithm[] = ['Ed25519', 'P-256', 'secp256k1']
const didKeyStart = 'did:key:'

/** The `did:key` of a public key (did:key 0.7 § Format). */
export function didKey(key: PublicKey): Did {
  return `did:key:${encodeMultikey(key)}`
}

/** The public key in a `did:key` (did:key 0.7); a fragment is passed over. Failure: `MalformedDid`. */
export function parseDidKey(did: string): Result<PublicKey, MalformedDid> {
  const refuse = (problem: string) => error(malformedDid(did, problem))
  if (!did.startsWith('did:key:z')) return refuse('is not a did:key; a did:key starts with did:key:z')
  if (did.length > didKeyLengthMax * 2) return refuse('is too long for a did:key')
  const key = parseMultikey(withoutFragment(did).slice(didKeyStart.length))
  return typeof key === 'string' ? refuse(key) : ok(key)
}

/** A key as Multikey text: base58btc of multicodec prefix and key (Controlled Identifiers 1.0 § Multikey). */
function encodeMultikey(key: PublicKey): string {
  return base58btc.encode(Uint8Array.of(...keyTypes[key.algorithm].prefix, ...key.bytes))
}

/** The key in a Multikey text, or what is wrong with it. */
export function parseMultikey(text: string): PublicKey | string {
  if (!text.startsWith('z') || text.length > didKeyLengthMax) return 'is not a key in base58btc'
  let bytes: Uint8Array
  try {
    bytes = base58btc.decode(text)
  } catch {
    return 'is not base58'
  }
  const algorithm = algorithms.find(
    name => keyTypes[name].prefix[0] === bytes[0] && keyTypes[name].prefix[1] === bytes[1],
  )
  if (!algorithm) return 'is not an Ed25519, P-256 or secp256k1 key'
  const key = bytes.slice(2)
  if (key.length !== keyTypes[algorithm].length) return 'has a key of the wrong length'
  if (algorithm !== 'Ed25519' && key[0] !== 2 && key[0] !== 3) return 'has a key that is not a compressed point'
  return { algorithm, bytes: key }
}
