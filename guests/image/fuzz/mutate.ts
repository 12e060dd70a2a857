// Wrong PNGs from a seed: the same seed gives the same inputs on every machine.
import { crc32, deflateSync } from 'node:zlib'
import type { Answer, ImageGuest } from '../load.ts'
import { chunk, color, filteredRows, header, type Source, samplesPerPixel, signature, writePng } from '../png.ts'

/** What a run has met: how many calls gave a picture, and how many each refusal (digits left out). */
export interface Findings {
  pictures: number
  refusals: Map<string, number>
}

type Random = (below: number) => number

/**
 * Calls the guest `iterations` times. Throws with the seed's iteration and the input in hex when the guest traps, gives
 * something else than a PNG or a sentence, or takes longer than five seconds for these small pictures.
 */
export function fuzz(guest: ImageGuest, seed: number, iterations: number): Findings {
  const findings: Findings = { pictures: 0, refusals: new Map() }
  for (let i = 0; i < iterations; i++) {
    const random = randomFrom(seed * 1_000_003 + i)
    const png = makeInput(random)
    const start = performance.now()
    const answer = attempt(guest, png, random, `seed ${seed}, iteration ${i}`)
    const problem = 'ok' in answer ? problemOfPicture(answer.ok) : problemOfSentence(answer.error)
    const time = performance.now() - start
    if (problem) throw new Error(`seed ${seed}, iteration ${i}: ${problem}; input ${png.toString('hex')}`)
    if (time > 5000) throw new Error(`seed ${seed}, iteration ${i}: took ${time} ms; input ${png.toString('hex')}`)
    if ('ok' in answer) findings.pictures++
    else count(findings.refusals, withoutDetails(answer.error))
  }
  return findings
}

function attempt(guest: ImageGuest, png: Buffer, random: Random, where: string): Answer {
  const [x, y, width, height] = [random(6), random(6), 1 + random(12), 1 + random(12)]
  const sigma = random(40) === 0 ? Number.NaN : random(60) / 4
  try {
    if (random(4) === 0) return guest.crop(png, x, y, width, height)
    if (random(3) === 0) return guest.rotate90(png)
    return random(2) === 0 ? guest.grayscale(png) : guest.blur(png, sigma)
  } catch (cause) {
    throw new Error(`${where}: the guest trapped; input ${png.toString('hex')}`, { cause })
  }
}

function problemOfPicture(png: Uint8Array): string | undefined {
  const isPng = Buffer.from(png.subarray(0, 8)).equals(signature)
  return isPng ? undefined : 'the result is not a PNG'
}

function problemOfSentence(text: string): string | undefined {
  return text.length < 10 || text.length > 256 ? `the refusal has ${text.length} characters` : undefined
}

// Hex bytes, numbers and the names of chunks, so that the same refusals are counted together.
function withoutDetails(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{2}( [0-9a-f]{2})*\b|\d+|\b[A-Za-z]{4}(?= chunk )/g, '#')
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1)
}

// xorshift32 after a mixing of the seed; the quality is enough to choose mutations.
function randomFrom(seed: number): Random {
  let state = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) | 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function makeInput(random: Random): Buffer {
  const kind = random(10)
  if (kind === 0) return Buffer.from(Array.from({ length: random(200) }, () => random(256)))
  if (kind === 1) return madeOfBits(random)
  if (kind === 2) return wrongRows(random)
  const png = writePng(makeSource(random))
  if (kind === 3) return png.subarray(0, random(png.length + 1))
  const mutated = kind === 4 ? shuffleChunks(png, random) : changeBytes(png, random)
  return kind === 5 ? mutated : repaired(mutated)
}

function makeSource(random: Random): Source {
  const types = Object.values(color)
  const type = types[random(types.length)] ?? color.rgb
  const depths = type === color.gray ? [1, 2, 4, 8, 16] : type === color.palette ? [1, 2, 4, 8] : [8, 16]
  const depth = depths[random(depths.length)] ?? 8
  const [width, height] = [1 + random(24), 1 + random(24)]
  const pattern = 1 + random(2 ** Math.min(depth, 8))
  const samples = Array.from({ length: width * height * samplesPerPixel(type) }, (_, i) =>
    random(3) === 0 ? random(2 ** depth) : (i * pattern) % 2 ** depth,
  )
  const key = Array.from({ length: 2 * samplesPerPixel(type) }, () => random(256))
  return {
    ...{ width, height, color: type, depth, samples, interlaced: random(2) === 0 },
    ...(type === color.palette && { palette: Array.from({ length: 3 * (1 + random(2 ** depth)) }, () => random(256)) }),
    ...(random(3) === 0 && { transparency: type === color.palette ? [random(256)] : key }),
    ...(random(3) === 0 && { dataChunkSize: 1 + random(40) }),
  }
}

// Compressed data of random bits reaches every corner of the Huffman codes.
function madeOfBits(random: Random): Buffer {
  const source = makeSource(random)
  const bits = Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256)))
  bits[0] = ((bits[0] ?? 0) & 0xf8) | (1 + random(5))
  return Buffer.concat([signature, header(source), chunk('IDAT', [0x78, 0x9c, ...bits]), chunk('IEND', [])])
}

// Rows with wrong filters, or too few or too many bytes, under right checksums.
function wrongRows(random: Random): Buffer {
  const source = makeSource(random)
  const rows = filteredRows(source)
  for (let n = random(6); n > 0; n--) rows[random(rows.length)] = random(256)
  const size = random(3) === 0 ? random(rows.length + 1) : rows.length
  const data = deflateSync(Buffer.concat([rows.subarray(0, size), Buffer.alloc(random(4) === 0 ? random(20) : 0)]))
  const palette = source.palette ? [chunk('PLTE', source.palette)] : []
  return Buffer.concat([signature, header(source), ...palette, chunk('IDAT', data), chunk('IEND', [])])
}

function changeBytes(png: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(png)
  for (let n = 1 + random(4); n > 0; n--) {
    // Half of the changes go where most decisions are made: the first hundred bytes.
    const at = random(2) === 0 ? random(Math.min(bytes.length, 100)) : random(bytes.length)
    const choice = random(3)
    bytes[at] = choice === 0 ? random(256) : choice === 1 ? (bytes[at] ?? 0) ^ (1 << random(8)) : random(2) * 255
  }
  return bytes
}

function shuffleChunks(png: Buffer, random: Random): Buffer {
  const chunks = [...chunksOf(png)]
  const [from, to] = [random(chunks.length), random(chunks.length)]
  const moved = chunks[from]
  if (moved && random(2) === 0) chunks.splice(from, 1)
  if (moved) chunks.splice(to, 0, moved)
  return Buffer.concat([signature, ...chunks])
}

function* chunksOf(png: Buffer): Generator<Buffer> {
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 12 + png.readUInt32BE(at)
    if (end > png.length) return
    yield png.subarray(at, end)
    at = end
  }
}

// In place: `chunksOf` gives views.
function repaired(png: Buffer): Buffer {
  for (const part of chunksOf(png)) part.writeUInt32BE(crc32(part.subarray(4, -4)), part.length - 4)
  return png
}
