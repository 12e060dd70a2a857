import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The folder of the repository. */
export const root = join(import.meta.dirname, '..', '..', '..')

/** What a command gave. */
export interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A folder of a test's own, in which the real command runs, each time in a process of its own. */
export interface Place {
  readonly folder: string
  /** As this person: each has a node of their own. */
  ipvm(person: string, args: readonly string[]): Promise<Done>
  file(name: string, content: string | Uint8Array): string
  remove(): void
}

export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  return {
    folder,
    ipvm: async (person, args) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'bin', 'ipvm.js'), ...args], {
        cwd: folder,
        env: { ...process.env, IPVM_HOME: join(folder, person), npm_execpath: undefined, NO_COLOR: '1' },
      })
      let [out, err] = ['', '']
      child.stdout.on('data', text => (out += text))
      child.stderr.on('data', text => (err += text))
      const code = await new Promise<number | null>(resolve => child.on('close', resolve))
      return { code, out, err }
    },
    file: (name, content) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
