import { characters } from '@ipvm/ipld'
import { sha256 } from '@ipvm/ipld/sha256'
import { reconcileListMax } from '../limits.ts'
import { below, digestBytes, isWithin, nibbleAt, nibbleOf, nibblesMax, type Digest, type Place } from './place.ts'

/** Few digests, in their order. */
interface Bucket {
  readonly kind: 'bucket'
  digests: Digest[]
  hash: Uint8Array | undefined
}

/** Many digests, by their next nibble. */
interface Branch {
  readonly kind: 'branch'
  readonly children: (Node | undefined)[]
  count: number
  hash: Uint8Array | undefined
}

type Node = Bucket | Branch

/** What a set has at a place and below. */
export interface Part {
  readonly count: number
  /** A hash of what is there: the same for the same digests, however they came there, and for no others. */
  hash(): Uint8Array
  /** In their order. */
  digests(): Iterable<Digest>
}

/**
 * A set of digests that knows a hash of each of its ranges: a tree of 16 branches whose shape depends on its digests
 * alone, so that equal sets have equal trees. What changes costs the hashes on its way to the root, and a range is found
 * in as many steps as it has nibbles. See ADR 95.
 */
export class DigestSet {
  #root: Node = bucket([])

  /** How many there are. */
  get size(): number {
    return countOf(this.#root)
  }

  /** @throws RangeError when it is not 32 bytes */
  static keyOf(digest: Uint8Array): Digest {
    if (digest.length !== digestBytes) throw new RangeError(`a digest has ${digestBytes} bytes, not ${digest.length}`)
    return characters(digest)
  }

  /** Adds one; false where it was there. */
  add(digest: Uint8Array): boolean {
    const [node, isNew] = added(this.#root, DigestSet.keyOf(digest), 0)
    this.#root = node
    return isNew
  }

  /** Removes one; false where it was not there. */
  delete(digest: Uint8Array): boolean {
    const [node, wasThere] = removed(this.#root, DigestSet.keyOf(digest), 0)
    this.#root = node
    return wasThere
  }

  has(digest: Uint8Array): boolean {
    const key = DigestSet.keyOf(digest)
    let node: Node | undefined = this.#root
    for (let depth = 0; node?.kind === 'branch'; depth++) node = node.children[nibbleAt(key, depth)]
    return node?.digests.includes(key) ?? false
  }

  /** What there is at a place. */
  at(place: Place): Part {
    let node: Node | undefined = this.#root
    let depth = 0
    for (; depth < place.length && node?.kind === 'branch'; depth++) node = node.children[nibbleOf(place, depth)]
    if (depth === place.length || node === undefined) return partOf(node ?? bucket([]))
    const digests: Digest[] = node.kind === 'bucket' ? node.digests.filter(digest => isWithin(place, digest)) : []
    return partOf(bucket(digests))
  }

  /** The places right below one where there is anything. */
  placesBelow(place: Place): readonly (readonly [Place, Part])[] {
    if (place.length >= nibblesMax) return []
    return Array.from({ length: 16 }, (_, nibble) => below(place, nibble))
      .map(lower => [lower, this.at(lower)] as const)
      .filter(([, { count }]) => count > 0)
  }
}

function partOf(node: Node): Part {
  return { count: countOf(node), hash: () => hashOf(node), digests: () => digestsOf(node) }
}

function bucket(digests: Digest[]): Bucket {
  return { kind: 'bucket', digests, hash: undefined }
}

function countOf(node: Node): number {
  return node.kind === 'bucket' ? node.digests.length : node.count
}

function* digestsOf(node: Node): Generator<Digest> {
  if (node.kind === 'bucket') return yield* node.digests
  for (const child of node.children) if (child) yield* digestsOf(child)
}

function added(node: Node, key: Digest, depth: number): readonly [Node, isNew: boolean] {
  if (node.kind === 'branch') {
    const nibble = nibbleAt(key, depth)
    const [child, isNew] = added(node.children[nibble] ?? bucket([]), key, depth + 1)
    if (!isNew) return [node, false]
    node.children[nibble] = child
    node.count += 1
    node.hash = undefined
    return [node, true]
  }
  if (node.digests.includes(key)) return [node, false]
  const at = node.digests.findIndex(digest => digest > key)
  node.digests.splice(at < 0 ? node.digests.length : at, 0, key)
  node.hash = undefined
  return [node.digests.length > reconcileListMax ? split(node.digests, depth) : node, true]
}

/** More than a bucket holds, by the next nibble; where that is the same for all, by the one after it. */
function split(digests: readonly Digest[], depth: number): Branch {
  const children: (Node | undefined)[] = new Array(16).fill(undefined)
  for (let nibble = 0; nibble < 16; nibble++) {
    const part = digests.filter(digest => nibbleAt(digest, depth) === nibble)
    if (part.length > 0) children[nibble] = part.length > reconcileListMax ? split(part, depth + 1) : bucket(part)
  }
  return { kind: 'branch', children, count: digests.length, hash: undefined }
}

function removed(node: Node, key: Digest, depth: number): readonly [Node, wasThere: boolean] {
  if (node.kind === 'bucket') {
    const at = node.digests.indexOf(key)
    if (at < 0) return [node, false]
    node.digests.splice(at, 1)
    node.hash = undefined
    return [node, true]
  }
  const nibble = nibbleAt(key, depth)
  const child = node.children[nibble]
  const [left, wasThere] = child ? removed(child, key, depth + 1) : [undefined, false]
  if (!wasThere) return [node, false]
  node.children[nibble] = left && countOf(left) > 0 ? left : undefined
  node.count -= 1
  node.hash = undefined
  // What a bucket holds is one, or a set would have another tree after a removal than one that never had it.
  return [node.count <= reconcileListMax ? bucket([...digestsOf(node)]) : node, true]
}

const bucketTag = 0
const branchTag = 1

function hashOf(node: Node): Uint8Array {
  node.hash ??= sha256(node.kind === 'bucket' ? bucketBytes(node.digests) : branchBytes(node.children))
  return node.hash
}

function bucketBytes(digests: readonly Digest[]): Uint8Array {
  const bytes = new Uint8Array(1 + digests.length * digestBytes)
  bytes[0] = bucketTag
  for (const [n, digest] of digests.entries()) {
    for (let i = 0; i < digestBytes; i++) bytes[1 + n * digestBytes + i] = digest.charCodeAt(i)
  }
  return bytes
}

function branchBytes(children: readonly (Node | undefined)[]): Uint8Array {
  const bytes = new Uint8Array(1 + children.length * digestBytes)
  bytes[0] = branchTag
  for (const [n, child] of children.entries()) if (child) bytes.set(hashOf(child), 1 + n * digestBytes)
  return bytes
}

/** The bytes of a digest. */
export function digestOf(key: Digest): Uint8Array {
  return Uint8Array.from(key, character => character.charCodeAt(0))
}
