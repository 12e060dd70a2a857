import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fuzz } from './fuzz/mutate.ts'
import { type Answer, compileCore, coreOf, imageGuest, importsOf, loadCore } from './load.ts'
import {
  type Color,
  chunk,
  color,
  header,
  type Picture,
  readPng,
  type Source,
  samplesPerPixel,
  signature,
  writePng,
} from './png.ts'

const component = new URL('image.wasm', import.meta.url)
const core = loadCore(component)
const guest = imageGuest(core)
const portrait = readFileSync(new URL('../../examples/portrait/portrait.png', import.meta.url))

function picture(answer: Answer): Picture {
  if ('error' in answer) throw new Error(answer.error)
  return readPng(answer.ok)
}

function refusal(answer: Answer): string {
  if ('ok' in answer) throw new Error('the guest gave a picture')
  return answer.error
}

function decode(source: Source): Picture {
  return picture(guest.crop(writePng(source), 0, 0, source.width, source.height))
}

/** Different samples that use the whole range of the depth. */
function noise(width: number, height: number, type: Color, depth: number): Source {
  const length = width * height * samplesPerPixel(type)
  const samples = Array.from({ length }, (_, i) => Math.floor(((i * 2654435761) % 2 ** 32) / 2 ** (32 - depth)))
  return { width, height, color: type, depth, samples }
}

function to8Bits(sample: number, depth: number): number {
  return Math.round((sample * 255) / (2 ** depth - 1))
}

/** An 8-bit picture from a function of the pixel. */
function paint(width: number, height: number, pixelAt: (x: number, y: number) => number[]): Buffer {
  const samples = Array.from({ length: width * height }, (_, i) => pixelAt(i % width, Math.floor(i / width)))
  const type = [color.gray, color.grayAlpha, color.rgb, color.rgba][(samples[0]?.length ?? 1) - 1] ?? color.gray
  return writePng({ width, height, color: type, depth: 8, samples: samples.flat() })
}

const sizes = [
  [1, 1],
  [3, 2],
  [5, 7],
  [17, 9],
  [64, 33],
] as const

describe('the component', () => {
  test('imports nothing, so it can reach nothing', () => {
    expect(importsOf(core)).toEqual([])
  })

  test('is small enough to be committed', () => {
    expect(readFileSync(component).length).toBeLessThan(150_000)
  })

  test('answers the same bytes in every fresh instance', () => {
    expect(guest.blur(portrait, 2)).toEqual(guest.blur(portrait, 2))
  })
})

describe('reading', () => {
  const formats = [
    ...[1, 2, 4, 8, 16].map(depth => [color.gray, depth] as const),
    ...[color.rgb, color.grayAlpha, color.rgba].flatMap(type => [[type, 8] as const, [type, 16] as const]),
  ]

  for (const interlaced of [false, true]) {
    test.for(formats)(`every sample of colour type %i, %i bits, interlaced: ${interlaced}`, ([type, depth]) => {
      for (const [width, height] of sizes) {
        const source = { ...noise(width, height, type, depth), interlaced }
        const pixels = Array.from(source.samples, sample => to8Bits(sample, depth))
        expect(decode(source)).toEqual({ width, height, channels: samplesPerPixel(type), pixels })
      }
    })

    test.for([1, 2, 4, 8])(`palettes with %i bits, interlaced: ${interlaced}`, depth => {
      const entries = Array.from({ length: 2 ** depth }, (_, i) => [i * 31, i * 57 + 1, i * 91 + 2].map(v => v % 256))
      const source = { ...noise(19, 11, color.palette, depth), interlaced, palette: entries.flat() }
      const pixels = Array.from(source.samples).flatMap(index => entries[index] ?? [])
      expect(decode(source)).toEqual({ width: 19, height: 11, channels: 3, pixels })
    })
  }

  test('the alpha of a palette; entries without one are opaque', () => {
    const source = {
      ...noise(9, 9, color.palette, 2),
      palette: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      transparency: [0, 77],
    }
    const pixels = Array.from(source.samples).flatMap(i => [
      i * 3 + 1,
      i * 3 + 2,
      i * 3 + 3,
      [0, 77, 255, 255][i] ?? -1,
    ])
    expect(decode(source)).toEqual({ width: 9, height: 9, channels: 4, pixels })
  })

  test('one gray of 16 bits as transparent, compared before the rounding', () => {
    const source: Source = {
      ...{ width: 3, height: 1, color: color.gray, depth: 16 },
      ...{ samples: [0x1234, 0x1235, 0x1234], transparency: [0x12, 0x34] },
    }
    expect(decode(source).pixels).toEqual([18, 0, 18, 255, 18, 0])
  })

  test('one colour as transparent', () => {
    const samples = [1, 2, 3, 1, 2, 4, 0, 2, 3]
    const source: Source = {
      width: 3,
      height: 1,
      color: color.rgb,
      depth: 8,
      samples,
      transparency: [0, 1, 0, 2, 0, 3],
    }
    expect(decode(source).pixels).toEqual([1, 2, 3, 0, 1, 2, 4, 255, 0, 2, 3, 255])
  })

  test('picture data in chunks of one byte', () => {
    const source = noise(20, 20, color.rgb, 8)
    expect(decode({ ...source, dataChunkSize: 1 })).toEqual(decode(source))
  })

  test.for([0, 1, 9])('data compressed at level %i', level => {
    // Level 0 is stored blocks; runs and repeats at the others bring matches of every length and distance.
    const rows = Buffer.concat(
      Array.from({ length: 90 }, (_, y) =>
        Buffer.from([0, ...Array.from({ length: 900 }, (_, x) => (x * (y % 7)) >> (y % 5))]),
      ),
    )
    const source: Source = { width: 300, height: 90, color: color.rgb, depth: 8, samples: [] }
    const data = chunk('IDAT', deflateSync(rows, { level }))
    const png = Buffer.concat([signature, header(source), data, chunk('IEND', [])])
    const expected = Array.from({ length: 90 }, (_, y) => [...rows.subarray(y * 901 + 1, (y + 1) * 901)]).flat()
    expect(picture(guest.crop(png, 0, 0, 300, 90)).pixels).toEqual(expected)
  })

  test('a photograph, and writes it without loss', () => {
    const source = readPng(portrait)
    const part = picture(guest.crop(portrait, 300, 200, 400, 400))
    const rows = Array.from({ length: 400 }, (_, y) => {
      const start = ((200 + y) * source.width + 300) * 3
      return Buffer.from(source.pixels.slice(start, start + 1200))
    })
    expect(Buffer.from(part.pixels).equals(Buffer.concat(rows))).toBe(true)
  })

  test('what no code can shorten, and does not make it longer', () => {
    const samples = createHash('shake256', { outputLength: 300 * 300 * 4 })
      .update('noise')
      .digest()
    const png = writePng({ width: 300, height: 300, color: color.rgba, depth: 8, samples })
    const answer = guest.crop(png, 0, 0, 300, 300)
    if ('error' in answer) throw new Error(answer.error)
    expect(Buffer.from(readPng(answer.ok).pixels).equals(samples)).toBe(true)
    expect(answer.ok.length).toBeLessThan(samples.length * 1.002)
  })

  test('unknown chunks that may be ignored', () => {
    const png = writePng(noise(2, 2, color.gray, 8))
    const extended = Buffer.concat([
      png.subarray(0, 33),
      chunk('teXt', [1, 2, 3]),
      png.subarray(33),
      Buffer.from('after'),
    ])
    expect(picture(guest.rotate90(extended))).toEqual(picture(guest.rotate90(png)))
  })
})

describe('crop', () => {
  test('takes exactly the rectangle', () => {
    const png = paint(40, 30, (x, y) => [x, y, x + y])
    const { width, height, pixels } = picture(guest.crop(png, 7, 11, 5, 3))
    expect([width, height]).toEqual([5, 3])
    expect(pixels).toEqual([11, 12, 13].flatMap(y => [7, 8, 9, 10, 11].flatMap(x => [x, y, x + y])))
  })

  test('takes the last pixel of the portrait', () => {
    expect(picture(guest.crop(portrait, 1079, 1079, 1, 1)).pixels).toHaveLength(3)
  })

  test.for([
    [1, 0, 40, 30],
    [0, 1, 40, 30],
    [0, 0, 41, 30],
    [40, 0, 1, 1],
    [0xffffffff, 0, 2, 1],
    [0, 0xfffffff0, 1, 0x20],
  ] as const)('refuses the rectangle %i, %i, %i, %i and names both sizes', ([x, y, width, height]) => {
    expect(
      refusal(
        guest.crop(
          paint(40, 30, () => [1]),
          x,
          y,
          width,
          height,
        ),
      ),
    ).toBe(`rectangle outside the picture: ${width}x${height} pixels at x ${x}, y ${y}, and the picture has 40x30`)
  })

  test('refuses an empty rectangle', () => {
    expect(
      refusal(
        guest.crop(
          paint(4, 4, () => [1]),
          2,
          3,
          0,
          1,
        ),
      ),
    ).toBe('empty rectangle: 0x1 pixels at x 2, y 3')
  })
})

describe('rotate90', () => {
  test('turns clockwise', () => {
    const turned = picture(guest.rotate90(paint(3, 2, (x, y) => [10 * y + x])))
    expect(turned).toEqual({ width: 2, height: 3, channels: 1, pixels: [10, 0, 11, 1, 12, 2] })
  })

  test.for([1, 2, 3, 4])('four times is the picture itself, with %i channels', channels => {
    const png = paint(77, 41, (x, y) => [x * 3, y * 5, x * y, x + y].map(v => v % 256).slice(0, channels))
    let turned: Uint8Array = png
    for (let i = 0; i < 4; i++) {
      const answer = guest.rotate90(turned)
      if ('error' in answer) throw new Error(answer.error)
      turned = answer.ok
    }
    expect(readPng(turned)).toEqual(readPng(png))
  })
})

describe('grayscale', () => {
  const luma = ([r = 0, g = 0, b = 0]: number[]) => Math.round(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const colors = Array.from({ length: 256 }, (_, i) => [i, (i * 7) % 256, (i * 31) % 256])

  test('is the luma of Rec. 709, in one channel', () => {
    const gray = picture(guest.grayscale(paint(16, 16, (x, y) => colors[16 * y + x] ?? [])))
    expect(gray).toEqual({ width: 16, height: 16, channels: 1, pixels: colors.map(luma) })
  })

  test('keeps alpha', () => {
    const gray = picture(guest.grayscale(paint(16, 16, (x, y) => [...(colors[16 * y + x] ?? []), x * 16 + y])))
    expect(gray.channels).toBe(2)
    expect(gray.pixels).toEqual(colors.flatMap((rgb, i) => [luma(rgb), (i % 16) * 16 + Math.floor(i / 16)]))
  })

  test('leaves gray as it is', () => {
    const source = noise(9, 9, color.grayAlpha, 8)
    expect(picture(guest.grayscale(writePng(source)))).toEqual(decode(source))
  })
})

describe('blur', () => {
  /** The definition: a Gaussian over the picture continued with its edge pixels. */
  function gaussian(values: number[], sigma: number): number[] {
    const reach = Math.ceil(sigma * 5)
    const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)))
    const total = weights.reduce((sum, weight) => sum + weight)
    const at = (i: number) => values[Math.min(Math.max(i, 0), values.length - 1)] ?? 0
    return values.map((_, i) => weights.reduce((sum, weight, k) => sum + weight * at(i + k - reach), 0) / total)
  }

  test.for([1, 1.7, 3, 5, 12.5, 40, 200])('is close to a Gaussian at sigma %d, in both directions', sigma => {
    const line = Array.from({ length: 150 }, (_, i) => ((i > 60 && i < 90) || i === 20 ? 255 : i % 50))
    const expected = gaussian(line, sigma)
    const across = picture(
      guest.blur(
        paint(150, 3, x => [line[x] ?? 0]),
        sigma,
      ),
    ).pixels.slice(150, 300)
    const down = picture(
      guest.blur(
        paint(3, 150, (_, y) => [line[y] ?? 0]),
        sigma,
      ),
    ).pixels.filter((_, i) => i % 3 === 1)
    expect(down).toEqual(across)
    const errors = across.map((value, i) => Math.abs(value - (expected[i] ?? 0)))
    // Three boxes are not infinitely many: what remains is two per cent of the range at worst.
    expect(Math.max(...errors)).toBeLessThan(5)
    expect(Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)).toBeLessThan(2)
  })

  test.for([0.2, 0.3, 0.5, 0.8, 1, 1.5, 2])('spreads a column with the variance of sigma %d', sigma => {
    // Below one pixel, samples of a Gaussian no longer have its variance; the boxes do.
    const { pixels } = picture(
      guest.blur(
        paint(41, 1, x => [x === 20 ? 255 : 0]),
        sigma,
      ),
    )
    const total = pixels.reduce((sum, value) => sum + value, 0)
    const variance = pixels.reduce((sum, value, i) => sum + value * (i - 20) ** 2, 0) / total
    expect(Math.abs(total - 255)).toBeLessThanOrEqual(2)
    expect(Math.abs(variance / sigma ** 2 - 1)).toBeLessThan(0.06)
  })

  test.for([0.1, 1, 7.3, 200])('keeps a constant picture exactly at sigma %d', sigma => {
    for (const value of [0, 1, 127, 254, 255]) {
      const { pixels } = picture(
        guest.blur(
          paint(23, 18, () => [value, 255 - value, value]),
          sigma,
        ),
      )
      expect(pixels).toEqual(Array.from({ length: 23 * 18 }, () => [value, 255 - value, value]).flat())
    }
  })

  test('keeps the mean of what does not touch the edges', () => {
    const png = paint(120, 120, (x, y) => [x > 50 && x < 70 && y > 40 && y < 90 ? 250 : 0])
    const sum = (pixels: number[]) => pixels.reduce((total, value) => total + value, 0)
    const before = sum(readPng(png).pixels)
    expect(Math.abs(sum(picture(guest.blur(png, 4)).pixels) - before) / before).toBeLessThan(0.005)
  })

  test('does not let the colour of transparent pixels bleed', () => {
    const png = paint(40, 8, x => (x < 20 ? [200, 100, 50, 255] : [0, 255, 0, 0]))
    const { pixels } = picture(guest.blur(png, 3))
    for (let i = 0; i < pixels.length; i += 4) {
      const [r = 0, g = 0, b = 0, alpha = 0] = pixels.slice(i, i + 4)
      if (alpha > 8)
        expect([r, g, b].map((v, k) => Math.abs(v - ([200, 100, 50][k] ?? 0)) <= 2)).toEqual([true, true, true])
    }
    expect(pixels[4 * 20 + 3]).toBeGreaterThan(90)
    expect(pixels[4 * 39 + 3]).toBe(0)
  })

  test('blurs every channel by itself', () => {
    const bar = (x: number, from: number) => (x >= from && x < from + 9 ? 240 : 10)
    const rgb = picture(
      guest.blur(
        paint(61, 21, x => [bar(x, 5), bar(x, 25), bar(x, 45)]),
        2.5,
      ),
    )
    for (const [k, from] of [5, 25, 45].entries()) {
      const alone = picture(
        guest.blur(
          paint(61, 21, x => [bar(x, from)]),
          2.5,
        ),
      )
      expect(rgb.pixels.filter((_, i) => i % 3 === k)).toEqual(alone.pixels)
    }
  })

  test('takes the smallest number above 0, and leaves the picture as it is', () => {
    const source = noise(13, 13, color.rgb, 8)
    expect(picture(guest.blur(writePng(source), 2 ** -149))).toEqual(decode(source))
  })

  test.for([
    [Number.NaN, 'NaN'],
    [0, '0'],
    [-0, '0'],
    [-1.5, '-1.500'],
    [Number.POSITIVE_INFINITY, 'infinity'],
    [Number.NEGATIVE_INFINITY, '-infinity'],
    [200.25, '200.250'],
    [1e30, 'more than 4000000000'],
    [-1e30, 'minus more than 4000000000'],
  ] as const)('refuses sigma %d', ([sigma, shown]) => {
    const expected = `bad sigma: ${shown}, and it must be a number above 0, at most 200`
    expect(
      refusal(
        guest.blur(
          paint(2, 2, () => [1]),
          sigma,
        ),
      ),
    ).toBe(expected)
  })
})

describe('refusals', () => {
  const png = writePng(noise(30, 20, color.rgb, 8))
  const withHeader = (source: Omit<Source, 'samples'>) =>
    Buffer.concat([signature, header(source), chunk('IDAT', [0x78, 0x9c, 3, 0, 0, 0, 0, 1]), chunk('IEND', [])])
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(png)
    copy[at] = value
    return copy
  }

  test.for([
    ['no bytes', Buffer.alloc(0), 'not a PNG: there are no bytes'],
    [
      'another format',
      Buffer.from('GIF89a, 1 2 3'),
      /^not a PNG: the first bytes are 47 49 46 38 39 61 2c 20, not 89 50 /,
    ],
    ['five bytes of text', Buffer.from('hello'), /^not a PNG: the first bytes are 68 65 6c 6c 6f, not /],
    ['half a signature', signature.subarray(0, 5), 'truncated PNG: only 5 bytes of the signature are there'],
    ['half a file', png.subarray(0, 500), /^truncated PNG: the chunk at byte 33 has \d+ bytes, and 455 are left$/],
    ['no end', png.subarray(0, -12), /^truncated PNG: it ends after \d+ bytes, before its IEND chunk$/],
    ['a changed pixel', changed(100, 0x55), 'corrupt PNG: the IDAT chunk does not match its checksum'],
    ['a changed size', changed(19, 31), 'corrupt PNG: the IHDR chunk does not match its checksum'],
    ['a broken chunk name', changed(37, 0), 'corrupt PNG: there is no chunk at byte 33'],
    [
      'a wide picture',
      withHeader({ width: 16385, height: 1, color: 0, depth: 8 }),
      /^picture too large: 16385x1 pixels, .* 16384 /,
    ],
    [
      'a large picture',
      withHeader({ width: 4097, height: 4096, color: 0, depth: 1 }),
      /^picture too large: 4097x4096 .* 16777216 /,
    ],
    [
      'huge sides',
      withHeader({ width: 2 ** 32 - 1, height: 2 ** 32 - 1, color: 6, depth: 16 }),
      /^picture too large: 4294967295x/,
    ],
    [
      'no pixels',
      withHeader({ width: 0, height: 5, color: 0, depth: 8 }),
      'corrupt PNG: a side of the picture is 0 pixels long',
    ],
    [
      'RGB of 4 bits',
      withHeader({ width: 1, height: 1, color: 2, depth: 4 }),
      /colour type 2 with a bit depth of 4 does not exist$/,
    ],
    ['no palette', withHeader({ width: 1, height: 1, color: 3, depth: 4 }), 'corrupt PNG: the palette is missing'],
    [
      'too little data',
      withHeader({ width: 1, height: 1, color: 2, depth: 8 }),
      /compressed data holds less than the picture$/,
    ],
  ] as const)('%s', ([, bytes, expected]) => {
    for (const answer of [
      guest.crop(bytes, 0, 0, 1, 1),
      guest.rotate90(bytes),
      guest.grayscale(bytes),
      guest.blur(bytes, 1),
    ]) {
      const text = refusal(answer)
      if (typeof expected === 'string') expect(text).toBe(expected)
      else expect(text).toMatch(expected)
    }
  })

  const withData = (width: number, data: number[]) =>
    Buffer.concat([
      ...[signature, header({ width, height: 1, color: color.gray, depth: 8 })],
      ...[chunk('IDAT', [0x78, 0x9c, ...data]), chunk('IEND', [])],
    ])

  test('pixels that do not match their own checksum', () => {
    // One stored block: filter 0 and the pixel 7. The sum of both is 1 + 7, the sum of the sums 1 + 8.
    const data = [1, 2, 0, 0xfd, 0xff, 0, 7]
    expect(picture(guest.rotate90(withData(1, [...data, 0, 9, 0, 8]))).pixels).toEqual([7])
    expect(refusal(guest.rotate90(withData(1, [...data, 0, 9, 0, 9])))).toBe(
      'corrupt PNG: the checksum of the picture data does not match',
    )
  })

  test.for([2, 1000])('a repetition of what was before the data, for a row of %i', width => {
    // Fixed codes: three bytes from distance 1, and the end.
    expect(refusal(guest.rotate90(withData(width, [3, 2, 0, 0, 0, 0, 0, 0, 0, 0])))).toBe(
      'corrupt PNG: the compressed data has an unknown code or points before its start',
    )
  })

  test('a decompression bomb stops at the size of the picture', () => {
    const source: Source = { width: 2, height: 2, color: color.gray, depth: 8, samples: [] }
    const bomb = chunk('IDAT', deflateSync(Buffer.alloc(50_000_000)))
    const text = refusal(guest.rotate90(Buffer.concat([signature, header(source), bomb, chunk('IEND', [])])))
    expect(text).toBe('corrupt PNG: the compressed data holds more than the picture')
  })

  test('too little memory', () => {
    const small = imageGuest(compileCore(withMemoryMaximum(coreOf(readFileSync(component)), 48)))
    expect(
      picture(
        small.crop(
          paint(100, 100, () => [5]),
          0,
          0,
          2,
          2,
        ),
      ).pixels,
    ).toEqual([5, 5, 5, 5])
    for (const answer of [small.crop(portrait, 0, 0, 1, 1), small.rotate90(portrait), small.blur(portrait, 2)]) {
      expect(refusal(answer)).toMatch(/^out of memory: \d+ more bytes are needed/)
    }
  })
})

/** The module with another maximum of its memory (section 5: one memory, flags 1, minimum, maximum). */
function withMemoryMaximum(wasm: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(wasm)
  const original = [0x80, 0x20]
  const at = copy.findIndex(
    (byte, i) => byte === 5 && copy[i + 2] === 1 && copy[i + 3] === 1 && copy[i + 5] === original[0],
  )
  expect([...copy.subarray(at + 5, at + 7)]).toEqual(original)
  copy.set([0x80 | pages, 0], at + 5)
  return copy
}

describe('any bytes', () => {
  test('give a picture or a sentence, never a trap', () => {
    const { pictures, refusals } = fuzz(guest, 20261122, 4000)
    expect(pictures).toBeGreaterThan(100)
    expect(refusals.size).toBeGreaterThan(25)
  })

  test('the same seed gives the same inputs', () => {
    expect(fuzz(guest, 7, 50)).toEqual(fuzz(guest, 7, 50))
  })
})
