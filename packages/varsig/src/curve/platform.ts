import type { webcrypto } from 'node:crypto'
import type { PublicKey } from '../did/did.ts'
import { isUsableKey, isUsableSignature } from './strict.ts'

/** Signatures in a browser: by WebCrypto where it has the curve, else in JavaScript. */

/** The curves in JavaScript weigh more than all the rest of a page's code, and most pages never need them. */
const noble = () => import('./noble.ts')

const parameters = { Ed25519: { name: 'Ed25519' }, 'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } }

/** A key in WebCrypto's form; undefined where WebCrypto does not take it. */
const imported = new WeakMap<PublicKey, Promise<webcrypto.CryptoKey | undefined>>()

/** Whether the signature is the key's over the message. Never rejects. */
export function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean> {
  if (!isUsableSignature(key, signature) || !isUsableKey(key)) return false
  const subtle = globalThis.crypto?.subtle
  if (key.algorithm === 'secp256k1' || !subtle) return verifyInScript(key, message, signature)
  return verifyBySubtle(subtle, key, parameters[key.algorithm], message, signature)
}

async function verifyInScript(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return (await noble()).verify(key, message, signature)
}

async function verifyBySubtle(
  subtle: webcrypto.SubtleCrypto,
  key: PublicKey,
  algorithm: { readonly name: string },
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  let ready = imported.get(key)
  if (!ready) {
    ready = importKey(subtle, key, algorithm)
    imported.set(key, ready)
  }
  const cryptoKey = await ready
  if (!cryptoKey) return verifyInScript(key, message, signature)
  return subtle.verify(algorithm, cryptoKey, signature.slice(), message.slice()).catch(() => false)
}

async function importKey(
  subtle: webcrypto.SubtleCrypto,
  key: PublicKey,
  algorithm: { readonly name: string },
): Promise<webcrypto.CryptoKey | undefined> {
  try {
    const bytes = key.algorithm === 'P-256' ? (await noble()).uncompressedP256(key.bytes) : key.bytes
    return await subtle.importKey('raw', bytes.slice(), algorithm, false, ['verify'])
  } catch {
    return undefined
  }
}
