import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, afterAll, describe, expect, it } from 'vitest'

const here = import.meta.dirname
const root = join(here, '../..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-counter-'))
const built = join(folder, 'counter.wasm')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function words(...args: string[]): string[] {
  return [join(root, 'packages/cli/src/main.ts'), ...args, '--home', join(folder, 'home')]
}

function ipvm(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, words(...args), { maxBuffer: 2 ** 26 }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

const count = (to: number) => ['run', join(here, 'count.ts'), String(to), built]

/** Runs a command, and kills it when so many lines of it say something. */
async function killedAfter(lines: number, says: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, words(...args), { stdio: ['ignore', 'pipe', 'ignore'] })
  const over = new Promise(resolve => child.once('close', resolve))
  let seen = 0
  for await (const line of createInterface(child.stdout)) {
    if (line.includes(says)) seen += 1
    if (seen === lines) break
  }
  child.kill('SIGKILL')
  await over
}

describe.skipIf(!findsModule('componentize-qjs'))('the counter', () => {
  beforeAll(async () => {
    expect((await ipvm('build', join(here, 'counter.ts'), '-o', built)).err).toBe('')
  })

  it('counts, however often it is killed, and writes each number once', async () => {
    await killedAfter(5, '"type":"spawned"', ...count(30), '--json')
    // What it was killed at is gone on with, and killed again.
    await killedAfter(8, '"type":"spawned"', 'resume', 'last', '--json')
    await killedAfter(1, '"type":"settled"', 'resume', 'last', '--json')
    const resumed = await ipvm('resume', 'last')
    expect(resumed.code).toBe(0)
    expect(resumed.out).toContain('counter: {"count":30,"received":33}')
    const shown = JSON.parse((await ipvm('show', 'last', '--json')).out)
    const labels: string[] = shown.settled.map(({ label }: { label: string }) => label)
    expect(new Set(labels).size).toBe(1 + 33 + 3)
    const versions = await Promise.all([10, 20, 30].map(version))
    expect(versions).toEqual([1, 1, 1])
  })

  it('is started again by another run, which knows all that it computes and writes anew', async () => {
    const again = await ipvm(...count(30), '--new')
    expect(again.code).toBe(0)
    const [line = ''] = (await ipvm('ps', '--json')).out.split('\n')
    expect(JSON.parse(line)).toMatchObject({ end: 'ok', counts: { failed: 0 } })
    expect(await Promise.all([10, 20, 30].map(version))).toEqual([2, 2, 2])
  })

  it('does nothing that its workflow does not grant', async () => {
    const call = ['run', built, 'receive', 'bafkqaaa', '{"count": 0, "received": 0}', '[{"add": {"by": 1}}]', 'null']
    const refused = await ipvm(...call)
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('"fx" in its config grants nothing')
  })
})

/** How often a number was written. */
async function version(number: number): Promise<number> {
  const { out } = await ipvm('run', join(here, 'written.ts'), String(number))
  return Number(/"version":(\d+)/.exec(out)?.[1])
}

function findsModule(name: string): boolean {
  try {
    createRequire(join(root, 'packages/author/package.json')).resolve(name)
    return true
  } catch {
    return false
  }
}
