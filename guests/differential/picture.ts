import { color, writePng } from '../image/png.ts'

/** A PNG of 8 by 6 pixels, all of other colours. */
export function testPicture(): Uint8Array {
  const [width, height] = [8, 6]
  const samples = Array.from({ length: width * height * 3 }, (_, i) => (i * 73) % 256)
  return new Uint8Array(writePng({ width, height, color: color.rgb, depth: 8, samples }))
}
