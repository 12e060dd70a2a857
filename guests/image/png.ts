// A second, slow PNG writer and reader, so that the guest is not tested against itself.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** Colour types of PNG § 11.2.1. */
export const color = { gray: 0, rgb: 2, palette: 3, grayAlpha: 4, rgba: 6 } as const

export type Color = (typeof color)[keyof typeof color]

/** A picture to write; `samples` are row by row, pixel by pixel, each below two to the power of `depth`. */
export interface Source {
  width: number
  height: number
  color: Color
  depth: number
  samples: ArrayLike<number>
  interlaced?: boolean
  palette?: readonly number[]
  transparency?: readonly number[]
  /** The size of an IDAT chunk; all data in one when it is left out. */
  dataChunkSize?: number
}

/** An 8-bit picture as the guest writes them. */
export interface Picture {
  width: number
  height: number
  channels: number
  pixels: number[]
}

export const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

export function samplesPerPixel(type: Color): number {
  return type === color.rgb ? 3 : type === color.rgba ? 4 : type === color.grayAlpha ? 2 : 1
}

export function chunk(name: string, data: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(data.length + 12)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(name, 4, 'latin1')
  bytes.set(Array.from(data), 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8)
  return bytes
}

export function header(source: Omit<Source, 'samples'>): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(source.width, 0)
  data.writeUInt32BE(source.height, 4)
  data.set([source.depth, source.color, 0, 0, source.interlaced ? 1 : 0], 8)
  return chunk('IHDR', data)
}

/** Rows take the five filters in turn, so that every picture of five rows has them all. */
export function writePng(source: Source): Buffer {
  const data = deflateSync(filteredRows(source))
  const size = source.dataChunkSize ?? data.length
  const parts: Buffer[] = []
  for (let at = 0; at < data.length; at += size) parts.push(chunk('IDAT', data.subarray(at, at + size)))
  return Buffer.concat([
    signature,
    header(source),
    ...(source.palette ? [chunk('PLTE', source.palette)] : []),
    ...(source.transparency ? [chunk('tRNS', source.transparency)] : []),
    ...parts,
    chunk('IEND', []),
  ])
}

// x and y of the first pixel, then the distance of columns and rows (§ 8.1).
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

export function filteredRows(source: Source): Buffer {
  const passes = source.interlaced ? adam7 : ([[0, 0, 1, 1]] as const)
  const rows: Buffer[] = []
  for (const [x0, y0, dx, dy] of passes) {
    let above: Buffer | undefined
    for (let y = y0; y < source.height; y += dy) {
      const samples: number[] = []
      const count = samplesPerPixel(source.color)
      for (let x = x0; x < source.width; x += dx) {
        const at = (y * source.width + x) * count
        for (let k = 0; k < count; k++) samples.push(source.samples[at + k] ?? 0)
      }
      if (samples.length === 0) continue
      const row = pack(samples, source.depth)
      const bpp = Math.max(1, (count * source.depth) / 8)
      rows.push(filterRow(rows.length % 5, row, above ?? Buffer.alloc(row.length), bpp))
      above = row
    }
  }
  return Buffer.concat(rows)
}

function pack(samples: number[], depth: number): Buffer {
  const bits = samples.map(sample => sample.toString(2).padStart(depth, '0')).join('')
  return Buffer.from((bits.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt(byte.padEnd(8, '0'), 2)))
}

function filterRow(filter: number, row: Buffer, above: Buffer, bpp: number): Buffer {
  const bytes = row.map((byte, i) => byte - predict(filter, row[i - bpp] ?? 0, above[i] ?? 0, above[i - bpp] ?? 0))
  return Buffer.concat([Buffer.of(filter), bytes])
}

function predict(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter === 4) return paeth(left, up, upLeft)
  return 0
}

function paeth(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft
  const distances = [left, up, upLeft].map(value => Math.abs(guess - value))
  const nearest = distances.indexOf(Math.min(...distances))
  return [left, up, upLeft][nearest] ?? 0
}

/** Reads what the guest may write: 8 bits, not interlaced, no palette; throws on anything else. */
export function readPng(png: Uint8Array): Picture {
  const bytes = Buffer.from(png)
  if (!bytes.subarray(0, 8).equals(signature)) throw new TypeError('no PNG signature')
  const chunks = readChunks(bytes)
  const [ihdr, ...rest] = chunks
  if (ihdr?.name !== 'IHDR' || rest.at(-1)?.name !== 'IEND') throw new TypeError('IHDR or IEND is missing')
  const [width, height] = [ihdr.data.readUInt32BE(0), ihdr.data.readUInt32BE(4)]
  const channels = [1, undefined, 3, undefined, 2, undefined, 4][ihdr.data[9] ?? 0]
  if (ihdr.data[8] !== 8 || !channels || ihdr.data[12] !== 0) throw new TypeError('not one of the guest’s formats')
  const data = inflateSync(Buffer.concat(rest.filter(({ name }) => name === 'IDAT').map(({ data }) => data)))
  const size = width * channels
  if (data.length !== (size + 1) * height) throw new TypeError('a wrong amount of picture data')
  const pixels: number[] = []
  for (let y = 0; y < height; y++) {
    const filter = data[y * (size + 1)] ?? 0
    for (let i = 0; i < size; i++) {
      const at = y * size + i
      const left = i < channels ? 0 : (pixels[at - channels] ?? 0)
      const upLeft = i < channels ? 0 : (pixels[at - size - channels] ?? 0)
      pixels.push(((data[y * (size + 1) + 1 + i] ?? 0) + predict(filter, left, pixels[at - size] ?? 0, upLeft)) & 255)
    }
  }
  return { width, height, channels, pixels }
}

function readChunks(bytes: Buffer): { name: string; data: Buffer }[] {
  const chunks: { name: string; data: Buffer }[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const body = bytes.subarray(at + 4, at + 8 + length)
    if (crc32(body) !== bytes.readUInt32BE(at + 8 + length)) throw new TypeError('a wrong checksum')
    chunks.push({ name: body.toString('latin1', 0, 4), data: body.subarray(4) })
    at += length + 12
  }
  return chunks
}
