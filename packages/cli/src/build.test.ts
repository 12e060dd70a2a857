import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPackage } from '@ipvm/author/build'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-build-'))
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
const noQuickJs = findPackage('componentize-qjs', import.meta.dirname) === undefined

/** The command, running: what it says, and the wait for some words of it. */
class Command {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  #text = ''
  #wake: () => void = () => {}

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      cwd: folder,
      env: { ...process.env, IPVM_HOME: join(folder, 'home'), npm_execpath: undefined, NO_COLOR: '1' },
    })
    running.add(this.child)
    const take = (text: unknown) => {
      this.#text += text
      this.#wake()
    }
    this.child.stdout?.on('data', take)
    this.child.stderr?.on('data', take)
    this.ended = new Promise(resolve => this.child.on('close', resolve))
  }

  /**
   * Waits until it has said all of these, in any order: results and messages come through two pipes. None of what was
   * said is found again.
   */
  async until(...parts: readonly RegExp[]): Promise<void> {
    while (!parts.every(part => part.test(this.#text))) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#text = ''
  }

  async end(): Promise<{ readonly code: number | null; readonly text: string }> {
    const code = await this.ended
    return { code, text: this.#text }
  }
}

function file(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

describe.skipIf(noQuickJs)('Alice writes a function', () => {
  test('builds it and runs it', async () => {
    file('greet.ts', 'export function greet(name: string): string {\n  return "Hello, " + name\n}\n')
    const built = await new Command('build', 'greet.ts', '--wit').end()
    expect(built).toEqual({ code: 0, text: expect.stringMatching(/^baf\w+ {2}greet\.wasm, 1\.\d MB\n$/) })
    expect(readFileSync(join(folder, 'greet.wit'), 'utf8')).toContain('export greet: func(name: string) -> string;')
    expect(JSON.parse(readFileSync(join(folder, 'greet.wasm.map'), 'utf8'))).toMatchObject({ version: 3 })
    const ran = await new Command('run', 'greet.wasm', 'greet', 'Bob').end()
    expect(ran.text).toContain('Hello, Bob')
    expect(ran.code).toBe(0)
  })

  test('changes it, breaks it and mends it, and sees each time what came of it', async () => {
    file('twice.ts', 'export const twice = (a: number): number => 2 * a\n')
    const dev = new Command('dev', 'twice.ts', 'twice', '21')
    const waits = /Waiting for a save/
    await dev.until(waits, /result {2}42\.0\ngas {5}[\d,]+\n/)
    file('twice.ts', "export const twice = (a: number): number => {\n  console.log('now thrice')\n  return 3 * a\n}\n")
    const changed =
      /result {2}63\.0 \(was 42\.0\)\ngas {5}[\d,]+ \([+−][\d,]+, [+−][\d.]+ %\)\nlog {5}info: now thrice\n/
    await dev.until(waits, changed)
    file('twice.ts', 'export const twice = (a: number): number => "x"\n')
    await dev.until(waits, /twice\.ts:1:45: Type 'string' is not assignable to type 'number'\./)
    file('twice.ts', "export const twice = (a: number): number => {\n  throw new Error('no')\n}\n")
    await dev.until(waits, /failed .*\(was 63\.0\)\n[\s\S]*Error: no\n/)
    file('twice.ts', 'export const twice = (a: number): string => String(2 * a)\n')
    const types = /types {3}− export twice: .*f64;\ntypes {3}\+ export twice: .*string;\n/
    await dev.until(waits, /result {2}42 \(was a failure: .*\)\n/, types)
    dev.child.kill('SIGINT')
    expect((await dev.end()).code).toBe(0)
  })
})

describe('what cannot be built is one message, without a stack trace', () => {
  test.each([
    [['build'], 'build needs a TypeScript file'],
    [['build', 'none.ts'], 'none.ts is not there'],
    [['build', 'greet.wasm'], 'greet.wasm is no TypeScript file'],
    [['build', 'none.ts', '--engine', 'v8'], '"v8" is no engine; known: qjs, spidermonkey'],
    [['dev'], 'dev needs a TypeScript file'],
  ])('ipvm %s', async (args, sentence) => {
    const { code, text } = await new Command(...args).end()
    expect(code).toBe(2)
    expect(text).toMatch(/^ipvm: .*\n$/)
    expect(text).toContain(sentence)
  })

  test('a source with errors leaves no file', async () => {
    file('wrong.ts', 'export const f = (a: Date): void => {}\n')
    const { code, text } = await new Command('build', 'wrong.ts').end()
    expect({ code, text }).toEqual({ code: 2, text: expect.stringMatching(/^ipvm: wrong\.ts:1:19: .*\n/) })
    expect(existsSync(join(folder, 'wrong.wasm'))).toBe(false)
  })
})
