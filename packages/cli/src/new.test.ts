import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { missingTools } from '@ipvm/author'
import { afterAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const bin = join(root, 'node_modules/.bin')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-new-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
const asc = join(root, 'guests/node_modules/.bin/asc')

interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(
  tool: string,
  args: readonly string[],
  cwd = folder,
  path = `${bin}${delimiter}${process.env.PATH}`,
  more: Readonly<Record<string, string>> = {},
): Done {
  const env = {
    ...process.env,
    ...more,
    PATH: path,
    IPVM_HOME: join(folder, 'home'),
    NO_COLOR: '1',
    npm_execpath: undefined,
  }
  const { status, stdout, stderr } = spawnSync(tool, args, { cwd, env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

function ipvm(...args: string[]): Done {
  return run(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args])
}

/** The one sentence that a failed command prints: a line, no stack trace. */
function sentence({ err, code }: Done): string {
  expect(code).toBe(2)
  expect(err).not.toMatch(/^\s+at /m)
  return /^ipvm: (.*)$/m.exec(err)?.[1] ?? ''
}

describe('a new guest builds, runs and passes its test with one command each', () => {
  const hasAsc = existsSync(asc)
  test.skipIf(missingTools('c').length > 0)('in C, where clang and lld are', () => story('c'), 60_000)
  test.skipIf(missingTools('rust').length > 0)('in Rust, where cargo and its wasm32 are', () => story('rust'), 120_000)
  test.skipIf(!hasAsc)(
    'in AssemblyScript, where that is installed beside the guests',
    () => story('assemblyscript'),
    60_000,
  )

  function story(language: string): void {
    const name = `hello-${language}`
    expect(ipvm('new', name, '--lang', language).err).toMatch(
      new RegExp(`^Next: cd ${name} && (npm install && )?npm start\n$`),
    )
    const place = join(folder, name)
    const path = `${bin}${delimiter}${dirname(asc)}${delimiter}${process.env.PATH}`
    const started = run('npm', ['start'], place, path)
    expect(started.out).toContain('Hello, World!')
    const tested = run('npm', ['test'], place, path)
    expect(tested.out).toMatch(/pass 1/)
    expect(tested.code).toBe(0)
    expect(ipvm('wit', join(name, `${name}.wasm`)).out).toContain('  export greet: func(name: string) -> string;\n')
    expect(ipvm('types', join(name, `${name}.wasm`), '-o', '-').out).toContain('  /** Greets someone. */\n')
  }
})

test('a missing compiler is named, with the command that gets it, when the guest is made and when it is built', () => {
  const tools = join(folder, 'tools')
  mkdirSync(tools)
  symlinkSync(process.execPath, join(tools, 'node'))
  const made = run(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), 'new', 'bare', '--lang', 'c'],
    folder,
    tools,
  )
  expect(made.code).toBe(0)
  expect(made.err).toMatch(/^ipvm: clang is missing: .*apt install clang lld.*\nipvm: wasm-ld is missing: .*\nNext: /)
  const built = run(join(tools, 'node'), ['build.mjs'], join(folder, 'bare'), tools)
  expect(built.err).toMatch(/^clang is missing; on Debian or Ubuntu: apt install clang lld; on macOS: brew install/)
  expect(built.code).toBe(1)
})

test('names, folders and languages that cannot be are refused, and nothing is written', () => {
  mkdirSync(join(folder, 'mine'))
  writeFileSync(join(folder, 'mine/notes.txt'), 'mine')
  writeFileSync(join(folder, 'file'), 'mine')
  expect(sentence(ipvm('new', 'mine'))).toBe('mine is there already; choose another name, or move it away')
  expect(sentence(ipvm('new', 'file'))).toBe('file is there already; choose another name, or move it away')
  expect(readdirSync(join(folder, 'mine'))).toEqual(['notes.txt'])
  expect(sentence(ipvm('new', '../up'))).toContain('"../up" is no name for a guest')
  expect(sentence(ipvm('new', 'x', '--lang', 'cobol'))).toMatch(/^no template for "cobol"; there are: ts, assembly/)
  expect(sentence(ipvm('new'))).toContain('new needs a name')
  expect(existsSync(join(folder, 'x'))).toBe(false)
})

test('a new effect keeps its contract, and a workflow asks for it', async () => {
  expect(ipvm('new', '--effect', 'order').err).toBe('Next: cd order && npm install && npm test\n')
  const place = join(folder, 'order')
  const tested = run('npm', ['test'], place)
  expect(tested.out).toMatch(/fail 0/)
  expect(tested.out).toMatch(/pass 13/)
  expect(tested.code).toBe(0)
  const checked = run('tsc', ['-p', '.', '--exactOptionalPropertyTypes'], place)
  expect(checked).toMatchObject({ code: 0, out: '' })
  writeFileSync(join(folder, 'effects.ts'), "export { default } from './order/order.ts'\n")
  const env = { IPVM_EFFECTS: join(folder, 'effects.ts') }
  const main = join(import.meta.dirname, 'main.ts')
  const planned = run(process.execPath, [main, 'plan', 'order/workflow.json'], folder, undefined, env)
  expect(planned.out).toMatch(/first {2}\/custom\/order .*sent up to 5 times under one key/)
  expect(sentence(ipvm('new', '--effect', 'Order!'))).toContain('"Order!" is no name for an effect')
  expect(sentence(ipvm('new', '--effect', 'other', '--lang', 'rust'))).toContain('effects are written in TypeScript')
}, 120_000)

describe('ipvm types', () => {
  const add = join(root, 'guests/add/add.wasm')

  test('writes beside the module, again over what it wrote, and never over what somebody else did', () => {
    writeFileSync(join(folder, 'add.wasm'), readFileSync(add))
    expect(ipvm('types', 'add.wasm').out).toBe('add.wasm.ts\n')
    expect(ipvm('types', 'add.wasm').code).toBe(0)
    expect(ipvm('types', 'add.wasm', '-o', 'deep/er/add.ts').code).toBe(0)
    expect(readFileSync(join(folder, 'deep/er/add.ts'), 'utf8')).toContain("new URL('../../add.wasm', import.meta.url)")
    expect(ipvm('types', 'add.wasm', '-o', 'add.d.ts').code).toBe(0)
    expect(readFileSync(join(folder, 'add.d.ts'), 'utf8')).toContain(
      'export declare const add: {\n  addOne(n: wit.Input<',
    )
    writeFileSync(join(folder, 'own.ts'), 'export const mine = 1\n')
    expect(sentence(ipvm('types', 'add.wasm', '-o', 'own.ts'))).toMatch(
      /^own\.ts is there, and was not made by ipvm types/,
    )
    expect(readFileSync(join(folder, 'own.ts'), 'utf8')).toBe('export const mine = 1\n')
  })

  test('refuses what is no module, no TypeScript file, or no name', () => {
    writeFileSync(join(folder, 'note.wasm'), 'a note')
    writeFileSync(join(folder, '1.wasm'), readFileSync(add))
    expect(sentence(ipvm('types', 'note.wasm'))).toMatch(/^note\.wasm: not a Wasm binary/)
    expect(sentence(ipvm('types', 'nowhere.wasm'))).toMatch(/^nowhere\.wasm is not there/)
    expect(sentence(ipvm('types', '1.wasm'))).toMatch(/gives no name for a variable; rename it/)
    expect(sentence(ipvm('types', 'add.wasm', '-o', 'add.js'))).toMatch(/no TypeScript file/)
    expect(sentence(ipvm('types'))).toMatch(/types needs a Wasm file/)
  })

  test('a workflow with bindings of another build ends with one sentence', () => {
    const flow = "import { later } from './later.wasm.ts'\nexport default later\n"
    writeFileSync(join(folder, 'flow.ts'), flow)
    writeFileSync(join(folder, 'later.wasm'), readFileSync(add))
    expect(ipvm('types', 'later.wasm').code).toBe(0)
    writeFileSync(join(folder, 'later.wasm'), readFileSync(join(root, 'guests/image/image.wasm')))
    expect(sentence(ipvm('run', 'flow.ts'))).toMatch(
      /later\.wasm is bafkrei\w+ now, .*; make them again: ipvm types later\.wasm/,
    )
  })
})

describe('ipvm embed', () => {
  const plain = join(root, 'packages/wasm/fixtures/core/plain.wasm')

  test('refuses WIT at its line, and a module that is none', () => {
    writeFileSync(join(folder, 'bad.wit'), 'world w {\n  export f: func() -> nothing;\n}\n')
    writeFileSync(join(folder, 'plain.wasm'), readFileSync(plain))
    expect(sentence(ipvm('embed', 'plain.wasm', 'bad.wit'))).toMatch(
      /^bad\.wit:2:23: no type nothing here; known: bool/,
    )
    writeFileSync(join(folder, 'f.wit'), 'world w { export nothing-here: func(); }')
    expect(sentence(ipvm('embed', 'plain.wasm', 'f.wit'))).toMatch(
      /^plain\.wasm: .*a world that exports nothing-here, which/,
    )
    expect(sentence(ipvm('embed', 'plain.wasm'))).toMatch(/embed needs a Wasm file and a WIT file/)
    expect(readFileSync(join(folder, 'plain.wasm'))).toEqual(readFileSync(plain))
  })
})
