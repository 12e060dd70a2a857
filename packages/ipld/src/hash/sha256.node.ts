import { hash } from 'node:crypto'

const digestBytes = 32

/**
 * SHA-256 by OpenSSL, in one call. Taken as text, whose characters are the bytes: that costs a third of a `Buffer`,
 * which is memory outside of the heap.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary')
  const digest = new Uint8Array(digestBytes)
  for (let i = 0; i < digestBytes; i++) digest[i] = text.charCodeAt(i)
  return digest
}
