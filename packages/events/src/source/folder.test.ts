import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { contentOf } from './content.ts'
import { readFolder } from './folder.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-watched-'))
afterAll(() => rmSync(root, { recursive: true }))

test('a file that is changed for a link, or whose folder is, between the look and the reading, is not read', async () => {
  const [inbox, outside] = [join(root, 'inbox'), join(root, 'outside')]
  mkdirSync(join(inbox, 'deep'), { recursive: true })
  mkdirSync(outside)
  for (const name of ['a.txt', 'deep/b.txt']) writeFileSync(join(inbox, name), 'mine')
  for (const name of ['a.txt', 'b.txt']) writeFileSync(join(outside, name), 'keys')
  const seen = await readFolder({ kind: 'file', path: inbox })
  if ('error' in seen) throw new Error(seen.error.message)
  const [a, b] = [seen.ok.get('a.txt'), seen.ok.get('deep/b.txt')]
  if (!a || !b) throw new Error('both are there')
  expect(String(Buffer.from((await contentOf(a, inbox)) ?? []))).toBe('mine')
  rmSync(a.path)
  symlinkSync(join(outside, 'a.txt'), a.path)
  renameSync(join(inbox, 'deep'), join(inbox, 'before'))
  symlinkSync(outside, join(inbox, 'deep'))
  expect([await contentOf(a, inbox), await contentOf(b, inbox)]).toEqual([undefined, undefined])
})
