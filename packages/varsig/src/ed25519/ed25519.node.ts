import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify, type KeyObject } from 'node:crypto'

/** Ed25519 (RFC 8032) by OpenSSL: 16 times the speed of JavaScript, once the key objects are kept. */

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** Making a key object costs as much as a verification; executors are few and sign often. */
const keysMax = 1024
const publicKeys = new Map<string, KeyObject>()
const privateKeys = new WeakMap<Uint8Array, KeyObject>()

export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(seed)).export({ type: 'spki', format: 'der' })
  return new Uint8Array(spki.subarray(spkiPrefix.length))
}

export function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(nodeSign(null, message, privateKey(seed)))
}

export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return nodeVerify(null, message, publicKeyObject(publicKey), signature)
  } catch {
    return false
  }
}

function privateKey(seed: Uint8Array): KeyObject {
  let key = privateKeys.get(seed)
  if (!key) {
    key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
    privateKeys.set(seed, key)
  }
  return key
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  const id = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString('latin1')
  let key = publicKeys.get(id)
  if (!key) {
    key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' })
    const [oldest] = publicKeys.keys()
    if (publicKeys.size >= keysMax && oldest !== undefined) publicKeys.delete(oldest)
    publicKeys.set(id, key)
  }
  return key
}
