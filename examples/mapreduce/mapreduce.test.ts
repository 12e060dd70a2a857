import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { texts } from './texts.ts'
import { map, reduce } from './words.ts'

const here = import.meta.dirname
const root = join(here, '../..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-mapreduce-'))
const built = join(folder, 'words.wasm')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function ipvm(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const all = [join(root, 'packages/cli/src/main.ts'), ...args, '--home', join(folder, 'home')]
  return new Promise(resolve => {
    execFile(process.execPath, all, { maxBuffer: 2 ** 26 }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

describe.skipIf(!findsModule('componentize-qjs'))('1,000 texts', () => {
  it('are counted one by one, added up, and known the next time', async () => {
    expect((await ipvm('build', join(here, 'words.ts'), '-o', built)).err).toBe('')
    const count = ['run', join(here, 'texts.ts'), '1000', built]
    const first = await ipvm(...count)
    const counted = `count: ${JSON.stringify(reduce(texts(1000).map(map)))}`
    expect(first.out).toContain(counted)
    expect(first.code).toBe(0)
    expect((await ipvm(...count)).out).toContain(counted)
    const [second = ''] = (await ipvm('ps', '--json')).out.split('\n')
    expect(JSON.parse(second)).toMatchObject({ end: 'ok', counts: { reused: 1001, ran: 1, failed: 0 } })
  }, 120_000)
})

function findsModule(name: string): boolean {
  try {
    createRequire(join(root, 'packages/author/package.json')).resolve(name)
    return true
  } catch {
    return false
  }
}
