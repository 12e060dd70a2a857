/**
 * SHA-256 (FIPS 180-4 § 6.2) where the platform has no synchronous one of its own (a browser). Written out here since the
 * module of the usual library has all of the family, which a page would load for nothing. There is no secret in what is
 * hashed, so that time gives nothing away.
 */

type State = readonly [number, number, number, number, number, number, number, number]

/** The same of the square roots of the first eight primes (§ 5.3.3), as signed words: others would be slower throughout. */
const start: State = [0x6a09e667, -0x4498517b, 0x3c6ef372, -0x5ab00ac6, 0x510e527f, -0x64fa9774, 0x1f83d9ab, 0x5be0cd19]

const blockBytes = 64
const lengthBytes = 8

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (§ 4.2.2). */
const constants = words()
cubeRoots()

/** The message schedule of the block at hand: hashing is synchronous, so that one is enough. */
const schedule = words()

export function sha256(bytes: Uint8Array): Uint8Array {
  const whole = bytes.length - (bytes.length % blockBytes)
  const rest = bytes.subarray(whole)
  const tail = new Uint8Array(rest.length + 1 + lengthBytes > blockBytes ? 2 * blockBytes : blockBytes)
  tail.set(rest)
  tail[rest.length] = 0x80
  const view = viewOf(tail)
  view.setUint32(tail.length - lengthBytes, bytes.length / 2 ** 29)
  view.setInt32(tail.length - 4, bytes.length << 3)
  const state = compress(compress(start, viewOf(bytes), whole), view, tail.length)
  const digest = new Uint8Array(32)
  for (const [i, word] of state.entries()) viewOf(digest).setInt32(4 * i, word)
  return digest
}

/** The blocks of a message up to a place (§ 6.2.2). Words are read through views: an index of an array might have none. */
function compress(before: State, message: DataView, end: number): State {
  let state = before
  for (let at = 0; at < end; at += blockBytes) {
    expand(message, at)
    let a = state[0]
    let b = state[1]
    let c = state[2]
    let d = state[3]
    let e = state[4]
    let f = state[5]
    let g = state[6]
    let h = state[7]
    for (let t = 0; t < 256; t += 4) {
      const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants.getInt32(t, true) + schedule.getInt32(t, true)) | 0
      const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state = [
      (a + state[0]) | 0,
      (b + state[1]) | 0,
      (c + state[2]) | 0,
      (d + state[3]) | 0,
      (e + state[4]) | 0,
      (f + state[5]) | 0,
      (g + state[6]) | 0,
      (h + state[7]) | 0,
    ]
  }
  return state
}

function expand(message: DataView, at: number): void {
  for (let t = 0; t < 64; t += 4) schedule.setInt32(t, message.getInt32(at + t), true)
  for (let t = 64; t < 256; t += 4) {
    const x = schedule.getInt32(t - 60, true)
    const y = schedule.getInt32(t - 8, true)
    const s0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)
    const s1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10)
    schedule.setInt32(t, schedule.getInt32(t - 64, true) + s0 + schedule.getInt32(t - 28, true) + s1, true)
  }
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/** Found in whole numbers, since no two platforms need have the same cube root of a prime to its last bit. */
function cubeRoots(): void {
  const primes: number[] = []
  for (let n = 2; primes.length < 64; n++) {
    if (primes.some(prime => n % prime === 0)) continue
    const wanted = BigInt(n) << 96n
    let root = BigInt(Math.floor(Math.cbrt(n) * 2 ** 32)) + 9n
    while (root ** 3n > wanted) root--
    constants.setUint32(4 * primes.push(n) - 4, Number(root & 0xffffffffn), true)
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length)
}

function words(): DataView {
  return new DataView(new ArrayBuffer(256))
}
