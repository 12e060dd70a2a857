import type { webcrypto } from 'node:crypto'
import type { PublicKey } from '../did/did.ts'
import { didKey } from '../did/key.ts'
import { lowS } from '../signature/low-s.ts'
import type { Signer } from './signer.ts'

/** The curves that WebCrypto has. */
export type WebAlgorithm = 'Ed25519' | 'P-256'

const parameters = {
  Ed25519: { name: 'Ed25519' },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const

/**
 * A new key pair in WebCrypto whose private half no script can read. A pair may be stored in IndexedDB as it is.
 * Rejects with `NotSupportedError` where the browser lacks Ed25519; P-256 is in all of them.
 *
 * @param subtle the platform's `crypto.subtle`, which draws the key
 */
export async function generateWebKeys(
  algorithm: WebAlgorithm,
  subtle: webcrypto.SubtleCrypto,
): Promise<webcrypto.CryptoKeyPair> {
  const pair = await subtle.generateKey(parameters[algorithm], false, ['sign', 'verify'])
  if ('privateKey' in pair) return pair
  throw new TypeError(`WebCrypto made one key of ${algorithm} where it makes pairs`)
}

/**
 * The signer of a WebCrypto key pair, new or from IndexedDB.
 *
 * @throws TypeError when the pair is not Ed25519 or P-256, or its public half cannot be read
 */
export async function webCryptoSigner(keys: webcrypto.CryptoKeyPair, subtle: webcrypto.SubtleCrypto): Promise<Signer> {
  const algorithm = algorithmOf(keys.privateKey)
  const raw = new Uint8Array(await subtle.exportKey('raw', keys.publicKey))
  const key: PublicKey = { algorithm, bytes: algorithm === 'P-256' ? compressed(raw) : raw }
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const signature = await subtle.sign(parameters[algorithm], keys.privateKey, message.slice())
    return lowS(new Uint8Array(signature), algorithm)
  }
  return { did: didKey(key), algorithm, sign }
}

function algorithmOf({ algorithm }: webcrypto.CryptoKey): WebAlgorithm {
  if (algorithm.name === 'Ed25519') return 'Ed25519'
  if (algorithm.name === 'ECDSA' && 'namedCurve' in algorithm && algorithm.namedCurve === 'P-256') return 'P-256'
  throw new TypeError(`a WebCrypto key of ${algorithm.name} signs nothing here; Ed25519 and P-256 do`)
}

function compressed(point: Uint8Array): Uint8Array {
  return Uint8Array.of(2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33))
}
