import { characters } from '@ipvm/ipld'

/** The two alphabets of RFC 4648 that containers use. */
export type Base64 = 'base64' | 'base64url'

const charactersPerTurn = 0x6000

/** Bytes as base64 with padding, or as base64url without (RFC 4648 § 4, § 5). */
export function toBase64(bytes: Uint8Array, kind: Base64): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += charactersPerTurn) {
    binary += characters(bytes.subarray(i, i + charactersPerTurn))
  }
  const text = btoa(binary)
  return kind === 'base64' ? text : text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The bytes of a text that {@link toBase64} could have written, and of no other. */
export function fromBase64(text: string, kind: Base64): Uint8Array | undefined {
  const form = kind === 'base64' ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9_-]*$/
  if (!form.test(text) || (kind === 'base64' ? text.length % 4 !== 0 : text.length % 4 === 1)) return undefined
  const standard = kind === 'base64' ? text : text.replaceAll('-', '+').replaceAll('_', '/')
  const binary = binaryOf(standard)
  if (binary === undefined) return undefined
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  // The last character may carry bits that no byte has; only zeros were written there.
  const tail = toBase64(bytes.subarray(bytes.length - (bytes.length % 3 || 3)), kind)
  return text.endsWith(tail) || bytes.length === 0 ? bytes : undefined
}

function binaryOf(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}
