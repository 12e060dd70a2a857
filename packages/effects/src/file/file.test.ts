import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Value } from '@ipvm/ipld'
import { afterAll, expect, test } from 'vitest'
import { fileBytesMax } from '../limits.ts'
import { bobsNode } from '../outside.test-fixture.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-file-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const data = join(root, 'data')
mkdirSync(join(data, 'deep'), { recursive: true })
mkdirSync(join(root, 'database'))
writeFileSync(join(root, 'secret.txt'), 'outside')
writeFileSync(join(root, 'database', 'x'), 'outside')
writeFileSync(join(data, 'a.txt'), 'Good morning')

const bob = bobsNode({ '/file': { folders: [data] } })
const read = async (path: string, more: { readonly [key: string]: Value } = {}) =>
  (await bob.task('/file/read', { path, ...more })).out
const write = async (path: string, content: Value) => (await bob.task('/file/write', { path, content })).out

test('what is written is read again, and a file that is there is replaced and keeps its rights', async () => {
  const path = join(data, 'deep', 'b.txt')
  expect(await write(path, 'one')).toEqual({ ok: { bytes: 3 } })
  execFileSync('chmod', ['600', path])
  expect(await write(path, new Uint8Array([1, 2]))).toEqual({ ok: { bytes: 2 } })
  expect(await read(path)).toEqual({ ok: new Uint8Array([1, 2]) })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(data, 'deep'))).toEqual(['b.txt'])
  expect(await read(join(data, 'a.txt'), { as: 'text' })).toEqual({ ok: 'Good morning' })
})

test('a large file comes as a link to a file, and is written from one', async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i)
  writeFileSync(join(data, 'large'), bytes)
  const out = await read(join(data, 'large'))
  if (!out || !('ok' in out)) throw new Error('it is read')
  expect(await write(join(data, 'copy'), out.ok)).toEqual({ ok: { bytes: 300_000 } })
  expect(new Uint8Array(readFileSync(join(data, 'copy')))).toEqual(bytes)
})

const outside = [
  join(root, 'secret.txt'),
  join(root, 'database', 'x'),
  `${data}/../secret.txt`,
  `${data}/./a.txt`,
  `${data}//a.txt`,
  `${data}/deep/../../secret.txt`,
  `${data}/a.txt/`,
  data,
  '/etc/passwd',
  'data/a.txt',
  `${data}/a.txt\u0000.png`,
]

test.each(outside)('%s is refused', async path => {
  expect(await read(path)).toMatchObject({ error: { name: 'PathRefused' } })
  expect(await write(path, 'x')).toMatchObject({ error: { name: 'PathRefused' } })
  expect(readFileSync(join(root, 'secret.txt'), 'utf8')).toBe('outside')
})

test('a link is refused wherever it is on the way, and what it leads to stays as it is', async () => {
  symlinkSync(join(root, 'secret.txt'), join(data, 'link.txt'))
  symlinkSync(join(root, 'database'), join(data, 'linked'))
  symlinkSync(join(data, 'deep'), join(data, 'within'))
  for (const path of ['link.txt', 'linked/x', 'within/b.txt', 'linked/new.txt']) {
    expect(await read(join(data, path))).toMatchObject({ error: { name: 'PathRefused' } })
    expect(await write(join(data, path), 'x')).toMatchObject({ error: { name: 'PathRefused' } })
  }
  expect(readFileSync(join(root, 'secret.txt'), 'utf8')).toBe('outside')
  expect(readdirSync(join(root, 'database'))).toEqual(['x'])
})

test('a folder that is changed for a link while files are written leads nothing outside', async () => {
  const [place, other] = [join(data, 'swapped'), join(root, 'elsewhere')]
  mkdirSync(other)
  let swaps = 0
  const stop = new AbortController()
  const swapping = (async () => {
    while (!stop.signal.aborted) {
      rmSync(place, { recursive: true, force: true })
      if (swaps++ % 2 === 0) mkdirSync(place)
      else symlinkSync(other, place)
      await new Promise(resolve => setImmediate(resolve))
    }
  })()
  const names = new Set<string>()
  for (let i = 0; i < 150; i++) {
    const out = await write(join(place, `f${i}`), 'x')
    if (out && 'error' in out) names.add(out.error.name)
  }
  stop.abort()
  await swapping
  expect(readdirSync(other)).toEqual([])
  expect(names.size).toBeGreaterThan(0)
})

test('folders, pipes and devices are no files, and a file has its size', async () => {
  execFileSync('mkfifo', [join(data, 'pipe')])
  for (const name of ['deep', 'pipe']) {
    expect(await read(join(data, name))).toMatchObject({ error: { name: 'NotAFile' } })
    expect(await write(join(data, name), 'x')).toMatchObject({ error: { name: 'NotAFile' } })
  }
  const devices = bobsNode({ '/file': { folders: ['/dev'] } })
  expect((await devices.task('/file/read', { path: '/dev/zero' })).out).toMatchObject({ error: { name: 'NotAFile' } })
  writeFileSync(join(data, 'huge'), '')
  truncateSync(join(data, 'huge'), fileBytesMax + 1)
  expect(await read(join(data, 'huge'))).toMatchObject({ error: { name: 'FileTooLarge' } })
  expect(await read(join(data, 'gone'))).toMatchObject({ error: { name: 'NoSuchFile' } })
  expect(await write(join(data, 'gone', 'x'), 'x')).toMatchObject({ error: { name: 'NoSuchFile' } })
  expect(await write(join(data, 'x'.repeat(300)), 'x')).toMatchObject({ error: { name: 'PathRefused' } })
})

test.skipIf(statSync('/dev/full', { throwIfNoEntry: false }) === undefined || process.getuid?.() !== 0)(
  'on a full disk nothing is left, and it is tried again (skipped where none can be mounted)',
  async context => {
    const small = join(root, 'small')
    mkdirSync(small)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'ignore' })
    } catch {
      return context.skip()
    }
    try {
      writeFileSync(join(small, 'kept'), 'kept')
      const node = bobsNode({ '/file': { folders: [small] } })
      const { out } = await node.task('/file/write', { path: join(small, 'kept'), content: new Uint8Array(200_000) })
      expect(out).toMatchObject({ error: { name: 'RetriesExhausted', message: expect.stringContaining('DiskFull') } })
      expect(readdirSync(small)).toEqual(['kept'])
      expect(readFileSync(join(small, 'kept'), 'utf8')).toBe('kept')
    } finally {
      execFileSync('umount', [small])
    }
  },
)

test('what a cut off attempt left is gone after the next one', async () => {
  const path = join(data, 'deep', 'again.txt')
  const { receipt } = await bob.task('/file/write', { path, content: 'x' })
  expect(receipt).toBeDefined()
  linkSync(path, join(data, 'deep', '.ipvm-left'))
  expect(await write(path, 'y')).toEqual({ ok: { bytes: 1 } })
  expect(readFileSync(path, 'utf8')).toBe('y')
})
