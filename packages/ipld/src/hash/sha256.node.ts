import { hash } from 'node:crypto'

/** SHA-256 by OpenSSL, in one call. Copied out of Node's buffer pool, which a kept name would hold on to. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', bytes, 'buffer'))
}
