import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const compilersCount = 16

test('a compiler that is ended says nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-compiler-'))
  try {
    const module = fileURLToPath(new URL('./typescript.ts', import.meta.url))
    writeFileSync(join(folder, 'f.ts'), 'export const f = (): string => "f"\n')
    const program = `
      import { TypeScript } from ${JSON.stringify(module)}
      for (let count = 0; count < ${compilersCount}; count++) {
        const compiler = new TypeScript(${JSON.stringify(join(folder, 'f.ts'))})
        if (!('ok' in compiler.check())) throw new Error('not checked')
        compiler.close()
      }`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
