import { error, ok, type Result } from '@ipvm/ipld'
import type { Seal, Unsealable } from './seal.ts'

/** How many bytes the key of a seal has. */
export const sealKeyBytes = 32

const version = 1
const nonceBytes = 12
/** Lengths are told in steps of so many bytes: a yes has that of a no. */
const stepBytes = 64
const endMark = 0x80

/**
 * A seal by AES-256-GCM of WebCrypto, as Node and browsers have it (ADR 80). The nonce is made of the bytes and the context,
 * by a key of its own: it is another one wherever anything differs, and needs no random numbers.
 * @param key 32 bytes that nobody else has
 */
export async function webCryptoSeal(key: Uint8Array): Promise<Seal> {
  if (key.length !== sealKeyBytes)
    throw new RangeError(`the key of a seal has ${sealKeyBytes} bytes, not ${key.length}`)
  const { subtle } = crypto
  const root = await subtle.importKey('raw', new Uint8Array(key), 'HKDF', false, ['deriveKey'])
  const hkdf = (info: string) => ({
    ...{ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: new TextEncoder().encode(info) },
  })
  const aes = { name: 'AES-GCM', length: 256 }
  const cipher = await subtle.deriveKey(hkdf('ipvm seal 1 cipher'), root, aes, false, ['encrypt', 'decrypt'])
  const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  const maker = await subtle.deriveKey(hkdf('ipvm seal 1 nonce'), root, hmac, false, ['sign'])
  return {
    seal: async (bytes, context) => {
      const padded = pad(bytes)
      const whole = new Uint8Array(4 + context.length + padded.length)
      new DataView(whole.buffer).setUint32(0, context.length)
      whole.set(context, 4)
      whole.set(padded, 4 + context.length)
      const iv = new Uint8Array(await subtle.sign('HMAC', maker, whole)).slice(0, nonceBytes)
      whole.fill(0)
      const sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv }, cipher, padded))
      padded.fill(0)
      const out = new Uint8Array(1 + nonceBytes + sealed.length)
      out[0] = version
      out.set(iv, 1)
      out.set(sealed, 1 + nonceBytes)
      return out
    },
    open: async sealed => {
      const iv = sealed.slice(1, 1 + nonceBytes)
      if (sealed[0] !== version || iv.length < nonceBytes) return error(unsealable)
      try {
        const data = sealed.slice(1 + nonceBytes)
        return unpad(new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, cipher, data)))
      } catch {
        return error(unsealable)
      }
    },
  }
}

function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / stepBytes) * stepBytes)
  padded.set(bytes)
  padded[bytes.length] = endMark
  return padded
}

function unpad(padded: Uint8Array): Result<Uint8Array, Unsealable> {
  const end = padded.lastIndexOf(endMark)
  return end < 0 ? error(unsealable) : ok(padded.slice(0, end))
}

const unsealable: Unsealable = {
  name: 'Unsealable',
  message:
    'it was sealed under another key than this node has, or was changed since; restore the key that it was sealed under',
}
