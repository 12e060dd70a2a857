import { CID, decode, encode, isMap, type Value } from '@ipvm/ipld'
import { broughtTokensMax } from './limits.ts'

/** The sets that nodes have in common. */
export const setNames = ['revocations', 'receipts'] as const

/** What of what a node has is to be the same on all of them. */
export type SetName = (typeof setNames)[number]

/** Of what one asks, or brings, by the names that a reconciliation found. */
export type IslandMessage =
  | { readonly kind: 'want'; readonly set: SetName; readonly digests: readonly Uint8Array[] }
  | { readonly kind: 'bring'; readonly set: SetName; readonly tokens: readonly Uint8Array[] }

const tags = { want: 'ipvm/island/want@1', bring: 'ipvm/island/bring@1' } as const
const digestBytes = 32

/** A message as bytes. */
export function writeIslandMessage(message: IslandMessage): Uint8Array {
  const { kind, set } = message
  if (kind === 'bring') return encode({ [tags.bring]: { set, tokens: [...message.tokens] } })
  const digests = new Uint8Array(message.digests.length * digestBytes)
  for (const [n, digest] of message.digests.entries()) digests.set(digest, n * digestBytes)
  return encode({ [tags.want]: { set, digests } })
}

/** The message in bytes; undefined where they are none. */
export function readIslandMessage(bytes: Uint8Array): IslandMessage | undefined {
  const decoded = decode(bytes, undefined, broughtTokensMax + 8)
  if ('error' in decoded || !isMap(decoded.ok)) return undefined
  const { [tags.want]: want, [tags.bring]: bring } = decoded.ok
  if (isMap(want) && isSetName(want.set)) return readWant(want.set, want.digests)
  if (isMap(bring) && isSetName(bring.set)) return readBring(bring.set, bring.tokens)
  return undefined
}

/** The set that a message of a reconciliation is about; undefined where it is none. */
export function setOf(bytes: Uint8Array): SetName | undefined {
  const decoded = decode(bytes)
  if ('error' in decoded || !isMap(decoded.ok)) return undefined
  const [content] = Object.values(decoded.ok)
  return isMap(content) && isSetName(content.set) ? content.set : undefined
}

/** The CID of a token whose digest is this. */
export function cidOfDigest(digest: Uint8Array): CID {
  const bytes = new Uint8Array(4 + digestBytes)
  // CIDv1, dag-cbor, sha2-256, 32 bytes.
  bytes.set([1, 0x71, 0x12, digestBytes])
  bytes.set(digest, 4)
  return CID.decode(bytes)
}

function readWant(set: SetName, digests: Value | undefined): IslandMessage | undefined {
  if (!(digests instanceof Uint8Array) || digests.length % digestBytes !== 0) return undefined
  const count = digests.length / digestBytes
  if (count > broughtTokensMax) return undefined
  const list = Array.from({ length: count }, (_, n) => digests.slice(n * digestBytes, (n + 1) * digestBytes))
  return { kind: 'want', set, digests: list }
}

function readBring(set: SetName, tokens: Value | undefined): IslandMessage | undefined {
  if (!Array.isArray(tokens) || tokens.length > broughtTokensMax) return undefined
  const list = tokens.filter(token => token instanceof Uint8Array)
  return list.length === tokens.length ? { kind: 'bring', set, tokens: list } : undefined
}

function isSetName(value: Value | undefined): value is SetName {
  return value === 'revocations' || value === 'receipts'
}
