import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { World, WitType } from '@ipvm/wit'
import { afterAll, describe, expect, it } from 'vitest'
import { docsOf } from '../docs/docs.ts'
import { printBindings } from './bindings.ts'
import { moduleBindings } from './module-bindings.ts'

const root = join(import.meta.dirname, '../../../..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-types-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
// A user's project: the packages are installed, and the module lies beside its bindings.
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'package.json'), '{"type": "module"}')

function bind(name: string, from: string): string {
  copyFileSync(join(root, from), join(folder, `${name}.wasm`))
  const made = moduleBindings(new Uint8Array(readFileSync(join(root, from))), {
    file: `${name}.wasm`,
    url: `./${name}.wasm`,
    as: 'module',
  })
  if ('error' in made) throw new Error(made.error.message)
  writeFileSync(join(folder, `${name}.wasm.ts`), made.ok)
  return made.ok
}

/** What the compiler says about a workflow file, as `line: message`, the first line of each. */
async function compilerSays(lines: readonly string[]): Promise<string[]> {
  const head = [
    "import { readFileSync } from 'node:fs'",
    "import { workflow } from '@ipvm/workflow'",
    "import { image } from './image.wasm.ts'",
    "import { echo, type Shape } from './echo.wasm.ts'",
    "const photo = readFileSync('photo.png')",
    "export default workflow('w', ({ task }) => {",
    "const crop = task('crop', image.crop(photo, 0, 0, 300, 300))",
    "const shape = task('shape', echo.types.echoShape({ circle: 1.5 }))",
    "const small = task('small', echo.types.echoU8(1))",
  ]
  const name = `w${Math.abs(lines.join().length)}.ts`
  writeFileSync(join(folder, name), [...head, ...lines, '})', ''].join('\n'))
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...{ noEmit: true, composite: false, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
      ...{ allowImportingTsExtensions: true, rewriteRelativeImportExtensions: false, noUnusedLocals: false },
    },
    files: [name],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const text = await new Promise<string>(resolve => {
    const tsc = join(root, 'node_modules/.bin/tsc')
    execFile(tsc, ['-p', folder, '--pretty', 'false'], { cwd: folder }, (_error, stdout) => resolve(stdout))
  })
  return [...text.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+): /gm)].map(([, file, line, code]) =>
    file === name ? `${lines[Number(line) - head.length - 1]} // ${code}` : `${file}: ${code}`,
  )
}

describe('bindings in the editor', () => {
  bind('image', 'guests/image/image.wasm')
  bind('echo', 'packages/wasm/fixtures/echo.wasm')

  it('take values, promises of the right type, values with promises inside, and calls written by hand', async () => {
    const said = await compilerSays([
      "task('blur', image.blur(crop, 4))",
      "task('again', image.blur(image.rotate90(crop).params[0] === undefined ? photo : crop, 4.5))",
      "task('wider', echo.types.echoU32(small))",
      "task('floats', echo.types.echoFloats([1, small, 2.5]))",
      "task('inside', echo.types.echoShape({ dot: { x: 1, y: small, label: task('l', echo.types.echoString('a')) } }))",
      "task('shapes', echo.types.echoShapes([shape, { nothing: null }]))",
      "const raw = task('raw', { mod: photo, fun: 'f', params: [crop, shape] })",
      "task('trust', image.crop(raw, raw, 0, 300, 300))",
      "task('rescued', image.blur(crop.error, 4))",
      "const named: Shape = { name: 'x' }",
      "task('named', echo.types.echoShape(named))",
      "task('big', echo.types.echoU64(2n ** 63n))",
      "task('options', echo.types.echoOption(null)); task('deep', echo.types.echoDeepOption({ some: null }))",
      "task('flags', echo.types.echoPermissions(['may-read'])); task('enum', echo.types.echoDirection('south-west'))",
      "task('ok', echo.types.check({ ok: small })); task('tuple', echo.types.echoTuple([1, small, 3n]))",
    ])
    expect(said).toEqual([])
  })

  it('refuse everything else, at its line', async () => {
    const wrong = [
      "task('a', image.crop(photo, 'x', 0, 300, 300))",
      "task('b', image.crop(photo, 0, 0, 300))",
      "task('c', image.crop('photo.png', 0, 0, 300, 300))",
      "task('d', image.blurr(photo, 1))",
      "task('e', image.blur(shape, 1))",
      "task('f', image.crop(photo, crop, 0, 300, 300))",
      "task('g', echo.types.echoU8(task('wide', echo.types.echoU32(1))))",
      "task('h', echo.types.echoU32(task('float', echo.types.echoF64(1))))",
      "task('i', echo.types.echoShape({ circle: 'round' }))",
      "task('j', echo.types.echoShape({ oval: 1 }))",
      "task('k', echo.types.echoPoint({ x: 1, y: 2 }))",
      "task('l', echo.types.echoPoint({ x: 1, y: 2, label: small }))",
      "task('m', echo.types.echoDirection('up'))",
      "task('n', echo.types.echoPermissions(['may-fly']))",
      "task('o', echo.types.echoTuple([1, 2]))",
      "task('p', echo.types.echoOption(undefined))",
      "task('q', echo.types.echoBool(1))",
      "task('r', echo.types.check({ ok: 'x' }))",
    ]
    const said = await compilerSays(wrong)
    expect([...new Set(said.map(line => line.replace(/ \/\/ TS\d+$/, '')))]).toEqual(wrong)
  })

  it('load with the module they are of, make calls by its exact names, and refuse any other module', async () => {
    const { image } = await import(pathToFileURL(join(folder, 'image.wasm.ts')).href)
    expect(image.blur('promise', 4)).toEqual({ mod: expect.any(Uint8Array), fun: 'blur', params: ['promise', 4] })
    const { echo } = await import(pathToFileURL(join(folder, 'echo.wasm.ts')).href)
    expect(echo.types.echoU8(1).fun).toBe('ipvm:echo/types@0.1.0#echo-u8')
    mkdirSync(join(folder, 'later'))
    copyFileSync(join(folder, 'image.wasm.ts'), join(folder, 'later/image.wasm.ts'))
    copyFileSync(join(folder, 'echo.wasm'), join(folder, 'later/image.wasm'))
    await expect(import(pathToFileURL(join(folder, 'later/image.wasm.ts')).href)).rejects.toThrow(
      /^image\.wasm is bafkrei\w+ now, .*; make them again: ipvm types image\.wasm$/,
    )
  })
})

function printed(world: World, more: Partial<Parameters<typeof printBindings>[0]> = {}): string {
  const made = printBindings({
    ...{ world, docs: docsOf([]), file: 'x.wasm', url: './x.wasm', cid: 'bafy', as: 'declarations' },
    ...more,
  })
  return 'ok' in made ? made.ok : `${made.error.name}: ${made.error.message}`
}

const point: WitType = { kind: 'record', fields: [{ name: 'left-side', type: { kind: 'u8' } }] }
const mix: WitType = { kind: 'record', fields: [{ name: 'to-2d', type: { kind: 'u8' } }] }
const moves = (type: WitType) =>
  ({ name: 'move-to', kind: 'function', type: { params: [{ name: 'to', type }] } }) as const

describe('the text of bindings', () => {
  it('has the doc comments', () => {
    const world: World = { imports: [{ name: 'point', kind: 'type', type: point }], exports: [moves(point)] }
    const docs = docsOf([
      { owner: '', kind: 'function', name: 'move-to', text: 'Moves.\n\nSlowly.' },
      { owner: '', kind: 'type', name: 'point', text: 'A point.' },
      { owner: '', kind: 'type', name: 'point', item: 'left-side', text: 'How far.' },
    ])
    expect(printed(world, { docs })).toContain(`/** A point. */
export type Point = {
  /** How far. */
  readonly leftSide: wit.u8
}

export declare const x: {
  /**
   * Moves.
   *
   * Slowly.
   */
  moveTo(to: wit.Input<Point>): WasmCall<null>
}
`)
  })

  it('tells types and interfaces of one name apart, and keeps one name for a type that is used elsewhere', () => {
    const a = { name: 'x:y/a@1.0.0', kind: 'interface', items: [{ name: 'point', kind: 'type', type: point }] } as const
    const b = { ...a, name: 'x:y/b', items: [...a.items, moves(point)] } as const
    const c = { ...a, name: 'z:z/b', items: [{ name: 'point', kind: 'type', type: mix }, moves(mix)] } as const
    const text = printed({ imports: [a], exports: [b, c] })
    expect(text.match(/export type \w+/g)).toEqual(['export type Point', 'export type BPoint'])
    expect(text).toContain('readonly "to-2d": wit.u8')
    expect(text).toContain('  b: {\n    moveTo(to: wit.Input<Point>): WasmCall<null>\n  }')
    expect(text).toContain('  "z:z/b": {\n    moveTo(to: wit.Input<BPoint>): WasmCall<null>\n  }')
  })

  it('has types of imported interfaces only where they are used', () => {
    const inner = { name: 'inner', kind: 'type', type: mix } as const
    const outer: WitType = { kind: 'record', fields: [{ name: 'inner', type: mix }] }
    const types = [
      inner,
      { name: 'outer', kind: 'type', type: outer },
      { name: 'point', kind: 'type', type: point },
    ] as const
    const imported = { name: 'x:y/a', kind: 'interface', items: types } as const
    const text = printed({ imports: [imported], exports: [moves(outer)] })
    expect(text.match(/export type \w+/g)).toEqual(['export type Outer', 'export type Inner'])
    expect(text).toContain('moveTo(to: wit.Input<Outer>)')
  })

  it('lets nothing through from names and comments of a stranger', () => {
    const evil = 'x: 1 }; process.exit(); export const y = {'
    const named = (name: string) => printed({ imports: [], exports: [{ ...moves(point), name }] })
    expect(named(evil)).toContain(`  // ${JSON.stringify(evil)} has no name in TypeScript\n}`)
    expect(named('a\u2028b\n')).toContain('  // "a b\\n" has no name in TypeScript\n}')
    expect(named('__proto__')).toContain('has no name')
    const types: readonly WitType[] = [
      { kind: 'record', fields: [{ name: evil, type: { kind: 'u8' } }] },
      { kind: 'variant', cases: [{ name: evil }] },
      { kind: 'enum', names: [evil] },
      { kind: 'flags', names: [evil] },
    ]
    for (const type of types) {
      expect(printed({ imports: [], exports: [moves(type)] })).toMatch(/^UnnameableExport: .* is no name; rename it in/)
      const item = { name: evil, kind: 'type', type: point } as const
      expect(printed({ imports: [item], exports: [] })).toMatch(/^UnnameableExport/)
    }
    const params = [{ name: evil, type: { kind: 'u8' } }] as const
    expect(printed({ imports: [], exports: [{ name: 'f', kind: 'function', type: { params } }] })).toMatch(
      /^Unnameable/,
    )
    const docs = docsOf([{ owner: '', kind: 'function', name: 'move-to', text: 'a */ evil() /*\r\u202eb' }])
    expect(printed({ imports: [], exports: [moves(point)] }, { docs })).toContain('/** a *\\/ evil() /* b */')
    expect(printed({ imports: [], exports: [] }, { file: "1';evil()" })).toMatch(/^UnnameableExport: .*rename it to/)
    expect(printed({ imports: [], exports: [] }, { file: "x.';evil()\n", as: 'module' })).toContain("'x.\\';evil()\\n'")
  })

  it('refuses names that become one, and words of the language get a _', () => {
    const clash: WitType = { kind: 'record', fields: ['a-b', 'a-B'].map(name => ({ name, type: { kind: 'u8' } })) }
    expect(printed({ imports: [], exports: [moves(clash)] })).toMatch(/two parts of a type are both aB in TypeScript/)
    const params = ['class', 'mod', 'class'].map(name => ({ name, type: { kind: 'u8' } as const }))
    const text = printed({ imports: [], exports: [{ name: 'delete', kind: 'function', type: { params } }] })
    expect(text).toContain('delete_(class_: wit.Input<wit.u8>, mod_: wit.Input<wit.u8>, class_3: wit.Input<wit.u8>)')
  })

  it('types that are endless when written out are refused', () => {
    let type: WitType = { kind: 'u8' }
    for (let i = 0; i < 60; i++) type = { kind: 'tuple', types: [type, type] }
    expect(printed({ imports: [], exports: [moves(type)] })).toMatch(/^Unprintable/)
  })

  it('of a core module is that of its functions', () => {
    const bytes = new Uint8Array(readFileSync(join(root, 'packages/wasm/fixtures/core/plain.wasm')))
    const made = moduleBindings(bytes, { file: 'plain.wasm', url: './plain.wasm', as: 'declarations' })
    expect(made).toMatchObject({ ok: expect.stringMatching(/^ {2}\w+\(p0: wit\.Input<wit\.s32>/m) })
  })
})
