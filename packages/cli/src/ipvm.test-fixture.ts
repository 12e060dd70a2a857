import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'

/** The folder of the repository. */
export const root = join(import.meta.dirname, '..', '..', '..')

/** What a command gave. */
export interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What a command's environment has beside that of the tests; undefined is what it lacks. */
export type Env = Readonly<Record<string, string | undefined>>

/** A folder of a test's own, in which the real command runs, each time in a process of its own. */
export interface Place {
  readonly folder: string
  /** As this person: each has a node of their own. */
  ipvm(person: string, args: readonly string[], env?: Env): Promise<Done>
  /** Begins a command, and leaves it to go on. */
  start(person: string, args: readonly string[], env?: Env): Started
  file(name: string, content: string | Uint8Array): string
  remove(): void
}

/** A command that goes on. */
export interface Started {
  readonly done: Promise<Done>
  /** When it has printed something like that; rejects where it ends before. */
  said(what: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
}

/** Processes that go on; those of a test that failed, or whose time was over, would stay for ever. */
const living = new Set<ChildProcess>()
let before: ReadonlySet<ChildProcess> = new Set()
process.on('exit', () => killAll(living))
beforeEach(() => {
  before = new Set(living)
})
afterEach(({ task }) => {
  // Those of the whole file stay for its other tests.
  if (task.result?.state === 'fail') killAll([...living].filter(child => !before.has(child)))
})

function killAll(children: Iterable<ChildProcess>): void {
  for (const child of children) child.kill('SIGKILL')
}

export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  return {
    folder,
    ipvm: (person, args, env) => start(folder, person, args, env).done,
    start: (person, args, env) => start(folder, person, args, env),
    file: (name, content) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    remove: () => {
      killAll(living)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function start(folder: string, person: string, args: readonly string[], env: Env = {}): Started {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'bin', 'ipvm.js'), ...args], {
    cwd: folder,
    env: { ...process.env, IPVM_HOME: join(folder, person), npm_execpath: undefined, NO_COLOR: '1', ...env },
  })
  living.add(child)
  child.once('exit', () => living.delete(child))
  let [out, err] = ['', '']
  const listeners = new Set<() => void>()
  const told = () => {
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', text => {
    out += text
    told()
  })
  child.stderr.on('data', text => {
    err += text
    told()
  })
  const done = new Promise<Done>(resolve => child.on('close', code => resolve({ code, out, err })))
  const said = (what: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = what.exec(out + err)
        if (found) resolve(found[1] ?? found[0])
      }
      listeners.add(look)
      look()
      void done.then(() => reject(new Error(`it ended without saying ${what}: ${out}${err}`)))
    })
  return { done, said, kill: signal => void child.kill(signal) }
}

/** The one sentence that a failed command prints: a line, no stack trace. */
export function sentence({ err }: Done): string {
  expect(err).not.toMatch(/^\s+at /m)
  return /^ipvm: (.*)$/m.exec(err)?.[1] ?? ''
}
