import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readPng } from '../../guests/image/png.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-demo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const out = join(folder, 'out')

/** The demo, as `npm run demo` runs it, in a home of its own. */
function demo(...args: string[]): Promise<{ code: number; text: string }> {
  const all = [join(import.meta.dirname, 'demo.ts'), '--home', join(folder, 'home'), '--out', out, ...args]
  return new Promise(resolve => {
    execFile(process.execPath, all, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr })
    })
  })
}

test('the demo: two workflows share their beginning, a second demo reuses everything, and the pictures are right', async () => {
  const first = await demo()
  expect(first.code).toBe(0)
  expect(first.text.match(/ (ran|reused) /g)).toEqual([' ran ', ' ran ', ' ran ', ' reused ', ' reused ', ' ran '])
  expect(first.text).toMatch(/ipvm show bafyrei\w+/)

  const second = await demo()
  expect(second.text.match(/ (ran|reused) /g)).toEqual(Array(6).fill(' reused '))

  expect(readdirSync(out).sort()).toEqual(['blur.png', 'crop.png', 'grayscale.png', 'rotate90.png'])
  const [crop, turned, blur, gray] = ['crop', 'rotate90', 'blur', 'grayscale'].map(name => {
    return readPng(readFileSync(join(out, `${name}.png`)))
  })
  if (!crop || !turned || !blur || !gray) throw new Error('there are four pictures')
  expect([crop.width, crop.height, crop.channels, gray.channels]).toEqual([810, 810, 3, 1])
  // Clockwise: the left column, from bottom to top, becomes the first row.
  const pixel = (picture: typeof crop, x: number, y: number) => {
    const at = (y * picture.width + x) * picture.channels
    return picture.pixels.slice(at, at + picture.channels)
  }
  for (const x of [0, 100, 809]) expect(pixel(turned, x, 0)).toEqual(pixel(crop, 0, 809 - x))
  // Rec. 709 luma of the turned picture.
  const [r = 0, g = 0, b = 0] = pixel(turned, 400, 300)
  expect(Math.abs((pixel(gray, 400, 300)[0] ?? 0) - (0.2126 * r + 0.7152 * g + 0.0722 * b))).toBeLessThan(1.5)
  // A blur keeps the mean and takes the detail out.
  const mean = (picture: typeof crop) => picture.pixels.reduce((sum, value) => sum + value, 0) / picture.pixels.length
  const detail = (picture: typeof crop) => {
    let sum = 0
    for (let i = 3; i < picture.pixels.length; i++) {
      sum += Math.abs((picture.pixels[i] ?? 0) - (picture.pixels[i - 3] ?? 0))
    }
    return sum / picture.pixels.length
  }
  expect(Math.abs(mean(blur) - mean(turned))).toBeLessThan(1)
  expect(detail(blur)).toBeLessThan(detail(turned) / 3)
})

test('a picture of the user’s own is taken; what is no picture is a sentence and not exit 0', async () => {
  const photo = join(folder, 'own.png')
  copyFileSync(join(out, 'crop.png'), photo)
  const own = await demo('--image', photo)
  expect(own.code).toBe(0)
  expect(own.text.match(/ ran /g)).toHaveLength(4)
  const note = join(folder, 'note.png')
  writeFileSync(note, 'this is a note, and not a picture at all')
  const refused = await demo('--image', note)
  expect(refused.code).toBe(1)
  expect(refused.text).toMatch(/ipvm: crop: .*PNG/)
  expect((await demo('--image', 'nowhere.png')).text).toContain('nowhere.png is not there')
  expect(await demo('--imgae', 'x')).toMatchObject({ code: 2, text: expect.stringContaining('--imgae') })
})
