import type { Failure } from '@ipvm/ipld'
import type { Algorithm } from '../header/header.ts'
import { didLengthMax } from '../limits.ts'

/** A decentralised identifier, with or without a fragment (W3C DID 1.0 § DID Syntax). */
export type Did = `did:${string}:${string}`

/** The text is not a DID whose key is understood. */
export interface MalformedDid extends Failure {
  readonly name: 'MalformedDid'
}

/** A key that checks signatures: 32 bytes of Ed25519, or a compressed point of 33 bytes. */
export interface PublicKey {
  readonly algorithm: Algorithm
  readonly bytes: Uint8Array
}

/** Whether a text has the form of a DID, or of a DID with a fragment; says nothing about its method. */
export function isDid(text: unknown): text is Did {
  return (
    typeof text === 'string' &&
    text.length <= didLengthMax &&
    /^did:[a-z0-9]+:[^\s#\p{Cc}]+(#[^\s#\p{Cc}]*)?$/u.test(text)
  )
}

/** The DID without its fragment, which names a key of the agent and not the agent (W3C DID 1.0 § Fragment). */
export function withoutFragment(did: Did): Did
export function withoutFragment(did: string): string
export function withoutFragment(did: string): string {
  const hash = did.indexOf('#')
  return hash < 0 ? did : did.slice(0, hash)
}

/** Whether two DIDs are the same agent; fragments do not count (UCAN Delegation § Principal Alignment). */
export function sameDid(a: string, b: string): boolean {
  return a === b || withoutFragment(a) === withoutFragment(b)
}

/** The failure of a text that is no DID, or has no key that is understood. */
export function malformedDid(did: string, problem: string): MalformedDid {
  return { name: 'MalformedDid', message: `${did.slice(0, 100)} ${problem}` }
}
