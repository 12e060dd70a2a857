import { characters } from '@ipvm/ipld'

const charactersPerTurn = 0x6000

/** Bytes as base64 (RFC 4648 § 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += charactersPerTurn) {
    binary += characters(bytes.subarray(i, i + charactersPerTurn))
  }
  return btoa(binary)
}

/** The bytes of a text of base64; undefined where it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text)
    const bytes = new Uint8Array(binary.length)
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
    return bytes
  } catch {
    return undefined
  }
}
