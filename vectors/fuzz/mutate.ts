import type { Random } from './random.ts'

/** Bytes that decoders trip over: heads of long, nested and indefinite items, of floats and tags. */
const heads = [
  0x00, 0x18, 0x1b, 0x3b, 0x5b, 0x5f, 0x7b, 0x81, 0x9b, 0x9f, 0xa1, 0xbb, 0xbf, 0xd8, 0xf6, 0xf7, 0xf9, 0xfb, 0xff,
]

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const mutations: readonly Mutation[] = [
  // A bit, a byte, a byte that means something.
  (bytes, random) => withByte(bytes, random, byte => byte ^ (1 << random.below(8))),
  (bytes, random) => withByte(bytes, random, () => random.below(256)),
  (bytes, random) => withByte(bytes, random, () => random.pick(heads)),
  // A length that lies.
  (bytes, random) =>
    spliced(
      bytes,
      random.below(bytes.length + 1),
      0,
      Uint8Array.of(random.pick([0x5b, 0x9b, 0xbb]), ...random.bytes(8)),
    ),
  // More, less, twice, or what stands elsewhere.
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 0, random.bytes(1 + random.below(8))),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 1 + random.below(16), new Uint8Array(0)),
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 0, part(bytes, random)),
  (bytes, random, other) => spliced(bytes, random.below(bytes.length + 1), random.below(32), part(other, random)),
  // Deep, wide.
  (bytes, random) =>
    spliced(bytes, random.below(bytes.length + 1), 0, new Uint8Array(random.below(4096)).fill(random.pick(heads))),
]

/** One to four mutations of a token, a policy, a text, in a row. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutated: Uint8Array = bytes
  for (let left = 1 + random.below(4); left > 0; left--) mutated = random.pick(mutations)(mutated, random, other)
  return mutated
}

function withByte(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  const at = random.below(bytes.length)
  if (bytes.length > 0) changed[at] = change(changed[at] ?? 0)
  return changed
}

function part(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length + 1)
  return bytes.slice(from, from + 1 + random.below(64))
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.max(at, bytes.length - removed) + added.length)
  result.set(bytes.subarray(0, at))
  result.set(added, at)
  result.set(bytes.subarray(at + removed), at + added.length)
  return result.subarray(0, at + added.length + Math.max(0, bytes.length - at - removed))
}
