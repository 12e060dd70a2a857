import { cidOf, codec, encode, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import {
  delegate,
  invoke,
  type Delegation,
  type DelegationFields,
  type Invocation,
  type InvocationFields,
} from '@ipvm/ucan'
import { didKey, encodeHeader, type Algorithm, type Signer } from '@ipvm/varsig'
import { publicKeyOf, sign } from '../../packages/varsig/src/curve/noble.ts'

/** The people of the vectors. Their signatures are the same in every run: Ed25519, and ECDSA after RFC 6979. */
export const people = {
  alice: person(1),
  bob: person(2),
  carol: person(3),
  dan: person(4),
  aliceP256: person(1, 'P-256'),
  bobSecp256k1: person(2, 'secp256k1'),
}

/** 2026-01-01T00:00:00Z */
export const now = 1_767_225_600
export const nonce = new Uint8Array(12).fill(7)

/** The secret of a person: 32 times the same byte. */
export function secretOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number)
}

function person(number: number, algorithm: Algorithm = 'Ed25519'): Signer {
  const secret = secretOf(number)
  const did = didKey({ algorithm, bytes: publicKeyOf(algorithm, secret) })
  return { did, algorithm, sign: message => sign(algorithm, secret, message) }
}

/** A delegation of Alice's mail, unless a vector says otherwise. */
export function give(from: Signer, to: Signer, fields: Partial<DelegationFields> = {}): Promise<Delegation> {
  const { did } = people.alice
  return delegate({ aud: to.did, sub: did, cmd: '/msg', nonce, exp: now + 3600, ...fields }, from)
}

/** An invocation of Alice's mail, unless a vector says otherwise. */
export function ask(by: Signer, prf: readonly CID[], fields: Partial<InvocationFields> = {}): Promise<Invocation> {
  const { did } = people.alice
  return invoke({ sub: did, cmd: '/msg/send', args: { to: 'bob' }, prf, nonce, exp: now + 3600, ...fields }, by)
}

/** Signs whatever it is given, well-formed or not: a payload, its tag, its header. */
export async function sealed(
  signer: Signer,
  tag: string,
  payload: Value,
  header = encodeHeader(signer.algorithm),
  more: ValueMap = {},
): Promise<Uint8Array> {
  const content = { h: header, [tag]: payload, ...more }
  return encode([await signer.sign(encode(content)), content])
}

/** An envelope around content bytes that no encoder of ours would write. */
export async function sealedBytes(signer: Signer, content: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(content)
  return Uint8Array.of(0x82, 0x58, signature.length, ...signature, ...content)
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** A value as base64 of its DAG-CBOR. */
export function cbor(value: Value): string {
  return base64(encode(value))
}

export function nameOfBytes(bytes: Uint8Array): CID {
  return cidOf(codec.dagCbor, bytes)
}
