import type { KeyObject } from 'node:crypto'
import { publicKeyOfObject, signWithObject } from '../curve/platform.node.ts'
import { didKey } from '../did/key.ts'
import type { Algorithm } from '../header/header.ts'
import type { Signer } from '../signer/signer.ts'

/** The signer of OpenSSL's own private key; undefined where the key is of another kind than the three curves. */
export function keyObjectSigner(key: KeyObject): Signer | undefined {
  const algorithm = algorithmOf(key)
  if (!algorithm) return undefined
  const did = didKey({ algorithm, bytes: publicKeyOfObject(algorithm, key) })
  return { did, algorithm, sign: message => signWithObject(algorithm, key, message) }
}

/** What a key is called in messages: its curve, or its type. */
export function kindOf(key: KeyObject): string {
  return key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? key.type
}

function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.type !== 'private') return undefined
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519'
  if (key.asymmetricKeyType !== 'ec') return undefined
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (curve === 'prime256v1') return 'P-256'
  return curve === 'secp256k1' ? 'secp256k1' : undefined
}
