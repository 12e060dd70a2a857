import { decode, nameOf, rawBlock } from '@ipvm/ipld'
import { describe, expect, test } from 'vitest'
import { moduleBindings } from '../types/module-bindings.ts'
import { build } from './build.ts'
import { built, call, installed, programOf, refused } from './guest.test-fixture.ts'

const noQuickJs = !installed.includes('qjs')

describe('what WIT cannot express is refused with its place, its type and what to write instead', () => {
  test.each([
    ['export function f(a: any): void {}', 1, 19, 'the parameter "a" of "f" has the type any', 'give it a type'],
    ['\n  export const f = (a: unknown): void => {}', 2, 21, 'type unknown', 'give it a type'],
    [
      'export async function f(): Promise<string> { return "" }',
      1,
      1,
      'the result of "f" has the type Promise<string>',
      'remove "async"',
    ],
    ['export function f(a: Map<string, string>): void {}', 1, 19, 'type Map<string, string>', '[K, V][]'],
    ['export function f(a: Record<string, number>): void {}', 1, 19, 'type Record<string, number>', '[string, T][]'],
    ['export function f(a: Set<string>): void {}', 1, 19, 'type Set<string>', 'take an array'],
    ['export function f(a: Date): void {}', 1, 19, 'type Date', 'milliseconds'],
    ['export function f(a: 1 | 2): void {}', 1, 19, 'type 1 | 2', 'literals are strings'],
    ['export function f(a: string | number): void {}', 1, 19, 'type string | number', 'tag: "circle"'],
    ['export function f(a: () => void): void {}', 1, 19, 'type () => void', 'a function cannot be sent'],
    ['export function f(a: Float32Array): void {}', 1, 19, 'type Float32Array', 'take f32[]'],
    ['export function f(a: symbol): void {}', 1, 19, 'type symbol', 'name the properties'],
    ['export function f(a: never): void {}', 1, 19, 'type never', 'no value'],
    ['export function f(a: {}): void {}', 1, 19, 'type {}', 'at least one property'],
    ['export function f(a: [string, ...string[]]): void {}', 1, 19, 'type [string, ...string[]]', 'array for the rest'],
    ['class C { x = 1 }\nexport function f(a: C): void {}', 2, 19, 'type C', 'interface'],
    ['interface T { of: T[] }\nexport function f(a: T): void {}', 2, 19, 'holds itself', 'indices'],
    [
      'export function f(a: { b: { c: Date } }): void {}',
      1,
      19,
      'the property "c" of the property "b" of the parameter "a"',
      'milliseconds',
    ],
    ['export function f<T>(a: T): void {}', 1, 1, '"f" is generic', 'name the type'],
    ['export function f(...a: string[]): void {}', 1, 1, 'any number of arguments', 'take an array'],
    ['export function f({ a }: { a: string }): void {}', 1, 19, 'taken apart', 'give it a name'],
    [
      'export function f(a: string): void\nexport function f(a: number): void\nexport function f(a: unknown): void {}',
      1,
      1,
      '"f" is overloaded',
      'its own',
    ],
    ['export default function (): void {}', 1, 1, 'a default export has no name', 'give it one'],
    ['export function grüße(): void {}', 1, 1, 'the name "grüße" holds letters that WIT does not have', 'a-z'],
    ['export function f(größe: string): void {}', 1, 19, 'the name "größe" holds letters', 'a-z'],
    ['export function f(a: { "two words!": string }): void {}', 1, 19, 'the name "two words!"', 'a-z'],
    ["export function f(a: 'x' | '😀'): void {}", 1, 19, 'the name "😀"', 'a-z'],
  ])('%s', async (source, line, column, problem, suggestion) => {
    const message = await refused({ 'refused.ts': source })
    expect(message).toMatch(new RegExp(`^NotExpressible: refused\\.ts:${line}:${column}: `))
    expect(message).toContain(problem)
    expect(message).toContain(suggestion)
    expect(message.split('\n')).toHaveLength(1)
  })

  test('names that are one in WIT', async () => {
    expect(
      await refused({ 'clash.ts': 'export const fooBar = (): void => {}\nexport const foo_bar = (): void => {}' }),
    ).toBe('NotExpressible: "fooBar" and "foo_bar" are both "foo-bar" in WIT: rename one of them')
    expect(await refused({ 'clash.ts': 'export function f(a: { aB: string; a_b: string }): void {}' })).toContain(
      'clash.ts:1:19: the parameter "a" of "f" has the type { aB: string; a_b: string; }, which WIT cannot express; "aB" and "a_b" are both "a-b"',
    )
    const shapes = { 'one.ts': 'export interface P { x: number }', 'two.ts': 'export interface P { y: number }' }
    const types =
      "import type { P } from './one.ts'\nimport type { P as Q } from './two.ts'\nexport function f(a: P, b: Q): void {}"
    expect(await refused({ 'clash.ts': types, ...shapes })).toContain('two types are called "p" in WIT; rename one')
  })

  test('all problems are listed at once', async () => {
    const message = await refused({
      'many.ts': 'export function f(a: Date, b: any): void {}\nexport function g(): object { return {} }',
    })
    expect(message.split('\n').map(line => /many\.ts:\d+/.exec(line)?.[0])).toEqual([
      'many.ts:1',
      'many.ts:1',
      'many.ts:2',
    ])
  })
})

describe('bad input is one clear message with file and line', () => {
  test('a type error, also in a file that is imported', async () => {
    const files = {
      'main.ts': "import { b } from './b.ts'\nexport const f = (): string => b",
      'b.ts': '\nexport const b: string = 5',
    }
    expect(await refused(files)).toBe("TypeErrors: b.ts:2:14: Type 'number' is not assignable to type 'string'.")
  })

  test('a syntax error', async () => {
    expect(await refused({ 'main.ts': 'export function f( {' })).toBe("TypeErrors: main.ts:1:21: '}' expected.")
  })

  test('a module of Node, a package that is not installed', async () => {
    const node = "import { join } from 'node:path'\nexport const f = (): string => join('a')"
    expect(await refused({ 'main.ts': node })).toContain(
      'main.ts:1:22: "node:path" is a part of Node, which is not there',
    )
    const missing = "// @ts-ignore\nimport { x } from 'no-such-package'\nexport const f = (): string => x"
    expect(await refused({ 'main.ts': missing })).toContain('main.ts:2:19: "no-such-package" is not there; install it')
  })

  test('a file without functions, and one that is not there', async () => {
    expect(await refused({ 'main.ts': 'export const x = 1' })).toContain('main.ts exports no function')
    expect(await build('no-such-file.ts')).toMatchObject({ error: { name: 'NoSuchFile' } })
  })

  test('a bundle that is too large', async () => {
    const data = `export const data = ${JSON.stringify('x'.repeat(9_000_000))}`
    const main = "import { data } from './data.ts'\nexport const f = (): string => data"
    expect(await refused({ 'main.ts': main, 'data.ts': data })).toContain(
      'TooLarge: the bundle is 8.6 MiB, and 8.0 MiB is the most',
    )
  })

  test.skipIf(noQuickJs)('a module that throws when it is loaded', async () => {
    const main = "import './deep.ts'\nexport const f = (): string => ''"
    const deep =
      "const levels = 3\nfunction check(): void {\n  if (levels > 2) throw new Error('too deep: ' + levels)\n}\ncheck()"
    expect(await refused({ 'main.ts': main, 'deep.ts': deep })).toMatch(
      /^ThrowsAtTop: deep\.ts:3:\d+: the module throws when it is loaded: Error: too deep: 3; /,
    )
  })
})

describe.skipIf(noQuickJs)('a built function', () => {
  test('imports its log and nothing else, and without a log nothing; what loaded it is not exported', async () => {
    const source = { 'bare.ts': 'export const twice = (a: number): number => 2 * a' }
    const withLog = programOf(await built(source))
    expect(withLog.linkage.imports.map(({ name }) => name)).toEqual(['wasi:logging/logging'])
    const bare = programOf(await built(source, { log: false }))
    expect(bare.linkage.imports).toEqual([])
    expect(bare.functions.map(({ name }) => name)).toEqual(['twice'])
    expect(call(bare, 'twice', [21]).out).toMatchObject({ ok: { value: 42 } })
  })

  test('has the time of 1970 and the same random numbers in every run, whatever it was built with', async () => {
    const source = `
      const atTop = Date.now()
      export const now = (): string => [atTop, Date.now(), new Date().toISOString(), new Date(5).getTime(), Date()].join(' ')
      export const dice = (): number[] => [Math.random(), Math.random()].map(n => Math.floor(n * 1e9))`
    for (const engine of installed) {
      const program = programOf(await built({ 'time.ts': source }, { engine }))
      expect(call(program, 'now', []).out).toEqual({
        ok: expect.stringMatching(/^0 0 1970-01-01T00:00:00\.000Z 5 Thu Jan 01 1970/),
      })
      expect(call(program, 'dice', [])).toEqual(call(program, 'dice', []))
      expect(call(program, 'dice', []).out).toMatchObject({ ok: [{ value: 358_889_980 }, {}] })
    }
  })

  test('returns a result, or throws one', async () => {
    const source = `
      import type { Result, u32 } from '@ipvm/author/types'
      export function half(a: u32): Result<u32, string> {
        if (a > 100) throw new RangeError('too large')
        return a % 2 === 0 ? { ok: a / 2 } : { error: 'odd' }
      }
      export function strict(a: u32): Result<u32, 'odd'> {
        if (a > 100) throw new RangeError('too large')
        if (a % 2 === 1) throw 'odd'
        return { ok: a / 2 }
      }
      export function check(a: u32): Result {
        return a === 0 ? { ok: undefined } : { error: 'not zero' }
      }`
    const program = programOf(await built({ 'result.ts': source }))
    expect(call(program, 'half', [4]).out).toEqual({ ok: 2 })
    expect(call(program, 'half', [3]).out).toMatchObject({ error: { name: 'GuestError', value: 'odd' } })
    expect(call(program, 'half', [101]).out).toMatchObject({ error: { name: 'GuestError', value: 'too large' } })
    expect(call(program, 'half', [101]).log).toContain('RangeError: too large\n    at half')
    expect(call(program, 'strict', [3]).out).toMatchObject({ error: { name: 'GuestError', value: 'odd' } })
    expect(call(program, 'check', [0]).out).toEqual({ ok: null })
    expect(call(program, 'check', [1]).out).toMatchObject({ error: { name: 'GuestError', value: 'not zero' } })
    const trapped = call(program, 'strict', [102])
    expect(trapped.out).toMatchObject({ error: { name: 'Trap' } })
    expect(trapped.log).toContain('RangeError: too large')
  })

  test("that throws ends in a trap; the log has the message and the author's part of the stack", async () => {
    const source = `
      const inner = (): never => { throw new TypeError('broken') }
      console.log('at top')
      export const f = (): string => { console.warn('before', [1n], { a: null }); return inner() }`
    const { out, log } = call(programOf(await built({ 'throws.ts': source })), 'f', [])
    expect(out).toMatchObject({ error: { name: 'Trap' } })
    expect(log).toMatch(
      /^info: at top\nwarn: before \["1n"\] \{"a":null\}\nerror: TypeError: broken\n {4}at inner .*\n {4}at f .*\n$/,
    )
  })

  test('that gives what its type does not allow ends in a trap that says so', async () => {
    const source = `
      import type { u8, u64, char } from '@ipvm/author/types'
      export const byte = (a: number): { part: u8[] } => ({ part: [1, a] })
      export const long = (a: bigint): u64 => a
      export const letter = (a: string): char => a
      export const text = (a: string): string => JSON.parse(a)`
    const program = programOf(await built({ 'wrong.ts': source }))
    expect(call(program, 'byte', [256]).log).toBe(
      'error: TypeError: the result of "byte".part[1]: expected u8, got 256\n',
    )
    expect(call(program, 'byte', [1.5]).log).toContain('expected u8, got 1.5')
    expect(call(program, 'long', [-1]).log).toContain('expected u64 (a bigint), got -1n')
    expect(call(program, 'letter', ['ab']).log).toContain('expected one character, got ab')
    expect(call(program, 'text', ['5']).log).toContain('expected a string, got 5')
  })

  test('has defaults, names that WIT reserves, and files that import each other', async () => {
    const main = `
      import { odd } from './odd.ts'
      export const even = (n: number): boolean => n === 0 || odd(n - 1)
      export function record(list: string, func = 7): string { return list + func }`
    const odd = "import { even } from './main.ts'\nexport const odd = (n: number): boolean => n !== 0 && even(n - 1)"
    const program = programOf(await built({ 'main.ts': main, 'odd.ts': odd }))
    expect(call(program, 'even', [10]).out).toEqual({ ok: true })
    expect(call(program, 'record', ['a', null]).out).toEqual({ ok: 'a7' })
    expect(call(program, 'record', ['a', 8]).out).toEqual({ ok: 'a8' })
  })

  test('encodes and decodes text as everywhere', async () => {
    const source = `
      export const encode = (a: string): Uint8Array => new TextEncoder().encode(a)
      export const decode = (a: Uint8Array): string => new TextDecoder().decode(a)`
    const program = programOf(await built({ 'text.ts': source }))
    const samples = ['', 'aé€😀', '\u0000\u007f\u0080\u07ff\u0800\uffff', '\ufeffmark']
    for (const text of samples) {
      expect(call(program, 'encode', [text]).out).toEqual({ ok: new TextEncoder().encode(text) })
    }
    const bytes = [
      [0xff],
      [0xc2],
      [0xc0, 0x80],
      [0xe2, 0x82],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80, 0x41],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf0, 0x9f, 0x98, 0x41],
      [0xef, 0xbb, 0xbf, 0x41],
    ]
    for (const sample of bytes) {
      const sent = Uint8Array.from(sample)
      expect(call(program, 'decode', [sent]).out).toEqual({ ok: new TextDecoder().decode(sent) })
    }
  })

  test('brings its packages along, and its comments', async () => {
    const files = {
      'greet.ts': `
        import { polite } from 'polite'
        /** Someone to greet. */
        interface Guest {
          /** As they are called. */
          name: string
        }
        /**
         * Says hello.
         * @param guest who came
         */
        export const greet = (guest: Guest): string => polite(guest.name)`,
      'node_modules/polite/package.json':
        '{"name": "polite", "type": "module", "exports": {"types": "./index.d.ts", "default": "./index.js"}}',
      'node_modules/polite/index.js': 'export const polite = name => "Dear " + name',
      'node_modules/polite/index.d.ts': 'export declare function polite(name: string): string',
    }
    const made = await built(files)
    expect(call(programOf(made), 'greet', [{ name: 'Alice' }]).out).toEqual({ ok: 'Dear Alice' })
    expect(made.wit).toContain(
      '  /// Someone to greet.\n  record guest {\n    /// As they are called.\n    name: string,\n  }',
    )
    expect(made.wit).toContain(
      '  /// Says hello.\n  ///\n  /// - `guest`: who came\n  export greet: func(guest: guest) -> string;',
    )
    expect(Buffer.from(made.component).toString('latin1')).toContain('"greet":"Says hello.\\n\\n- `guest`: who came"')
    const { sources: names } = JSON.parse(made.map)
    expect(names).toContain('greet.ts')
    expect(names.filter((name: string) => name.includes('..'))).toEqual([])
  })
})

describe.skipIf(noQuickJs)('a function that asks for effects', () => {
  const source = `
    import { call, effects, promise, task, type Effects } from '@ipvm/author/effects'
    import type { Result, u32 } from '@ipvm/author/types'
    const put = task({ cmd: '/kv/put', args: { key: 'k', value: [1, 'two', null] } })
    export function plain(n: u32): Effects<u32> { return effects({ value: n }) }
    export function asks(self: string): Effects<string> {
      return effects({ value: 'mine', fork: [put], join: call(self, 'plain', [promise(put)]) })
    }
    export function may(fails: boolean): Result<Effects<u32>> {
      return fails ? { error: 'no' } : { ok: effects({ value: 1, fork: [put] }) }
    }
    export function data(): { value: u32; fork: Uint8Array[]; join: Uint8Array | null } {
      return { value: 1, fork: [put], join: put }
    }
  `

  test('gives its value, and tasks as a node reads them; what only looks so is a value', async () => {
    const made = await built({ 'asking.ts': source })
    expect(made.wit).toContain('use ipvm:effects/types@0.1.0.{task}')
    const program = programOf(made)
    expect(call(program, 'plain', [7]).out).toEqual({ ok: 7, fx: { fork: [] } })
    const { cid } = rawBlock(new Uint8Array([1]))
    const { out } = call(program, 'asks', [cid])
    if (!('ok' in out) || !out.fx?.join) throw new Error('it asks for nothing')
    expect(out.ok).toBe('mine')
    const args = { key: 'k', value: [1, 'two', null] }
    const put = { cmd: '/kv/put', args, nonce: new Uint8Array(0) }
    expect(out.fx.fork.map(bytes => decode(bytes))).toEqual([{ ok: put }])
    const params = [{ 'await/ok': nameOf(put) }]
    expect(decode(out.fx.join)).toEqual({
      ok: { cmd: '/wasm/run', args: { mod: cid, fun: 'plain', params }, nonce: new Uint8Array(0) },
    })
    expect(call(program, 'may', [false]).out).toMatchObject({ ok: 1, fx: { fork: [{}] } })
    expect(call(program, 'may', [true]).out).toMatchObject({ error: { name: 'GuestError', message: 'no' } })
    const data = call(program, 'data', []).out
    expect(data).toMatchObject({ ok: { value: 1 } })
    expect(data).not.toHaveProperty('fx')
  })

  test('has bindings that give its value', async () => {
    const { component } = await built({ 'asking.ts': source })
    const bound = moduleBindings(component, { file: 'asking.wasm', url: './asking.wasm', as: 'module' })
    expect(bound).toMatchObject({ ok: expect.stringContaining('asks: (self: wit.Input<string>): WasmCall<string> =>') })
  })
})
