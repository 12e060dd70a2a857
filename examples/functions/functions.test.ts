import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { moduleBindings } from '@ipvm/author'
import { invoke, prepare, type Program } from '@ipvm/wasm'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { shift } from './typescript/shift.ts'

const here = import.meta.dirname
const root = join(here, '../..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-functions-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function bytesOf(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(here, path)))
}

function ipvm(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const all = [join(root, 'packages/cli/src/main.ts'), ...args, '--home', join(folder, 'home')]
  return new Promise(resolve => {
    execFile(process.execPath, all, { env: { ...process.env, npm_execpath: undefined } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

function programOf(path: string): Program {
  const made = prepare(bytesOf(path))
  if ('error' in made) throw new Error(made.error.message)
  return made.ok
}

describe.each(['assemblyscript', 'rust', 'c'])('the function in %s', language => {
  const program = programOf(`${language}/shift.wasm`)
  const quotas = { gas: 1e9, memory: 2 ** 26, output: 2 ** 20 }
  const run = (text: string, by: number) =>
    invoke(program, { fun: 'shift', args: [text, by], quotas, seed: new Uint8Array(32) }).result

  it('gives what the one in TypeScript gives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (text, by) => {
        expect(run(text, by)).toEqual({ ok: shift(text, by) })
      }),
    )
    const long = run('a'.repeat(100_000), 1)
    expect('ok' in long && long.ok === 'b'.repeat(100_000)).toBe(true)
  })

  it('has the bindings that ipvm types makes of it, comments included', () => {
    const made = moduleBindings(bytesOf(`${language}/shift.wasm`), {
      ...{ file: 'shift.wasm', url: './shift.wasm', as: 'module' },
    })
    expect(made).toEqual({ ok: readFileSync(join(here, language, 'shift.wasm.ts'), 'utf8') })
    expect(made).toMatchObject({ ok: expect.stringContaining(' * Moves every letter of the Latin alphabet') })
  })
})

it.each([['c/guest.h'], ['rust/src/guest.rs'], ['assemblyscript/assembly/guest.ts']])(
  '%s is what ipvm new makes',
  path => {
    expect(bytesOf(path)).toEqual(bytesOf(join('../../packages/author/templates', path)))
  },
)

describe('all four in one workflow', () => {
  it('says what to do where the one in TypeScript is not built', async () => {
    const { code, err } = await ipvm('run', join(here, 'all.ts'), 'x', join(folder, 'nowhere.wasm'))
    expect(err).toContain('the function in TypeScript is not built; run: npm run build:functions -- typescript')
    expect(code).toBe(2)
  })

  const hasEngine = findsModule('componentize-qjs')
  it.skipIf(!hasEngine)('gives one result, and the second time without running anything', async () => {
    const built = join(folder, 'shift.wasm')
    const build = await ipvm('build', join(here, 'typescript/shift.ts'), '-o', built)
    expect(build.err).toBe('')
    const first = await ipvm('run', join(here, 'all.ts'), 'Zoë & Xaver, 1 + 2', built, '--json')
    expect(first.code).toBe(0)
    const second = await ipvm('run', join(here, 'all.ts'), 'Zoë & Xaver, 1 + 2', built, '--json')
    const [once, again] = [settled(first.out), settled(second.out)]
    expect(once.map(({ label, how }) => `${label} ${how}`)).toEqual(
      ['typescript', 'assemblyscript', 'rust', 'c'].map(language => `${language} ran`),
    )
    // Known results are found in another order than they were computed in.
    const byLabel = (tasks: typeof once) => tasks.toSorted((a, b) => (a.label < b.label ? -1 : 1))
    expect(byLabel(again)).toEqual(byLabel(once.map(task => ({ ...task, how: 'reused' }))))
    const shown = await ipvm('show', once.at(-1)?.receipt ?? '', '--json')
    expect(JSON.parse(shown.out)).toMatchObject({ out: { ok: 'Zoë & Xaver, 1 + 2' } })
  })
})

function findsModule(name: string): boolean {
  try {
    createRequire(join(root, 'packages/author/package.json')).resolve(name)
    return true
  } catch {
    return false
  }
}

function settled(out: string): { label: string; how: string; receipt: string }[] {
  const events = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return events
    .filter(({ type }) => type === 'settled')
    .map(({ label, how, receipt }) => ({ label, how, receipt: receipt['/'] ?? receipt }))
}
