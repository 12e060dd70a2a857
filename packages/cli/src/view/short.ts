import { CID, encodeJson, type Value } from '@ipvm/ipld'
import { isSealed } from '@ipvm/runtime'
import { size } from '../display/display.ts'
import { printable } from '../output.ts'

const shortLength = 120

/** A value on one line, cut off where it is long. */
export function short(value: Value): string {
  if (value instanceof CID) return value.toString()
  if (value instanceof Uint8Array) return size(value.length)
  if (isSealed(value)) return 'a secret'
  const text = printable(encodeJson(value))
  return text.length > shortLength ? `${text.slice(0, shortLength)}…` : text
}

/** A DID that a line has room for. */
export function shortDid(did: string): string {
  return did.length > 24 ? `${did.slice(0, 16)}…${did.slice(-6)}` : did
}
