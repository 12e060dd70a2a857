import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const process = fileURLToPath(new URL('open.test-process.ts', import.meta.url))

test('several processes may open a new store at the same moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-open-'))
  for (let round = 0; round < 5; round++) {
    const path = join(folder, `${round}.sqlite`)
    const at = String(Date.now() + 1000)
    const opened = [1, 2, 3].map(() => promisify(execFile)('node', [process, path, at]))
    expect((await Promise.all(opened)).map(({ stderr }) => stderr)).toEqual(['', '', ''])
  }
  await rm(folder, { recursive: true })
}, 60_000)
