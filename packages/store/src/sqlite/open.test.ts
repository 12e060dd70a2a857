import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

/** A process that opens stores. */
function startOpener() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'open.test-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const said = async () => (await lines.next()).value
  return { said, open: (path: string) => child.stdin.write(`${path}\n`), end: () => child.stdin.end() }
}

test('several processes may open a new store at the same moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-open-'))
  const openers = [1, 2, 3].map(startOpener)
  for (const { said } of openers) expect(await said()).toBe('ready')
  for (let round = 0; round < 20; round++) {
    for (const { open } of openers) open(join(folder, `${round}.sqlite`))
    expect(await Promise.all(openers.map(({ said }) => said()))).toEqual(['opened', 'opened', 'opened'])
  }
  for (const { end } of openers) end()
  await rm(folder, { recursive: true })
})
