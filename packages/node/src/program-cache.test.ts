import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { fileProgramCache } from './program-cache.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-cache-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folder = ''
beforeEach(() => {
  folder = join(mkdtempSync(join(root, 'case-')), 'cache')
})

const key = 'ipvm/x 1 bafkreiabc'
const bytes = new Uint8Array(5000).map((_, i) => i)

/** The one file in the folder. */
function file(): string {
  const [name = '', ...more] = readdirSync(folder)
  expect(more).toEqual([])
  return join(folder, name)
}

test('what was put is there for the next process, for its owner alone', async () => {
  expect(await fileProgramCache(folder).get(key)).toBeUndefined()
  await fileProgramCache(folder).put(key, bytes)
  expect(Buffer.from((await fileProgramCache(folder).get(key)) ?? []).equals(bytes)).toBe(true)
  expect(await fileProgramCache(folder).get('ipvm/y 1 bafkreiabc')).toBeUndefined()
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test.each<[string, (content: Buffer) => Uint8Array]>([
  ['cut off', content => content.subarray(0, -1)],
  ['longer', content => Buffer.concat([content, Buffer.of(0)])],
  ['changed in the middle', content => content.with(2500, (content[2500] ?? 0) ^ 1)],
  ['changed in its digest', content => content.with(0, (content[0] ?? 0) ^ 1)],
  ['empty', () => new Uint8Array()],
])('a file that is %s is as good as none, and removed', async (_how, damage) => {
  const cache = fileProgramCache(folder)
  await cache.put(key, bytes)
  const path = file()
  writeFileSync(path, damage(readFileSync(path)))
  expect(await cache.get(key)).toBeUndefined()
  expect(existsSync(path)).toBe(false)
})

test('a file under the name of another is not taken for it', async () => {
  const cache = fileProgramCache(folder)
  await cache.put(key, bytes)
  const other = join(folder, encodeURIComponent('ipvm/x 1 bafkreiother'))
  writeFileSync(other, readFileSync(file()))
  expect(await cache.get('ipvm/x 1 bafkreiother')).toBeUndefined()
})

test.skipIf(process.getuid === undefined)('a file that others may have written is not run', async () => {
  const cache = fileProgramCache(folder)
  await cache.put(key, bytes)
  chmodSync(file(), 0o620)
  expect(await cache.get(key)).toBeUndefined()
})

test.skipIf(process.platform === 'win32')(
  'what is no file of its own, or too large to be one, is not read',
  async () => {
    const cache = fileProgramCache(folder, 10_000)
    await cache.put(key, bytes)
    symlinkSync(file(), join(folder, 'link'))
    // Who opens a pipe waits for somebody to write.
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
    writeFileSync(join(folder, 'large'), '', { mode: 0o600 })
    truncateSync(join(folder, 'large'), 2 ** 30)
    for (const name of ['link', 'pipe', 'large']) {
      expect(await cache.get(name)).toBeUndefined()
      expect(existsSync(join(folder, name))).toBe(true)
    }
  },
)

test('when there is too much, what was used longest ago goes', async () => {
  const cache = fileProgramCache(folder, 3 * (5000 + 32))
  for (const [i, name] of ['a', 'b', 'c'].entries()) {
    await cache.put(name, bytes)
    utimesSync(join(folder, name), 1000 + i, 1000 + i)
  }
  await cache.get('a')
  while (statSync(join(folder, 'a')).mtimeMs < 2_000_000) await new Promise(resolve => setImmediate(resolve))
  await cache.put('d', bytes)
  expect(readdirSync(folder).sort()).toEqual(['a', 'c', 'd'])
  await cache.put('large', new Uint8Array(20_000))
  expect(readdirSync(folder).sort()).toEqual(['a', 'c', 'd'])
})

test('a folder that cannot be made is no cache, and says so to who asked', async () => {
  writeFileSync(join(root, 'file'), 'in the way')
  const cache = fileProgramCache(join(root, 'file', 'cache'))
  expect(await cache.get(key)).toBeUndefined()
  await expect(cache.put(key, bytes)).rejects.toThrow()
})
