import { Buffer } from 'node:buffer'
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ownFiles } from './generate.ts'
import { instructionsIn, profileInstructions } from './run/opcodes.ts'
import { runScript } from './run/run-script.ts'
import type { Script } from './script.ts'
import { findAssembler } from './text/assembler.ts'

const own = new URL('own/', import.meta.url)
const files = globSync('*.json', { cwd: own }).sort()

function scriptOf(file: string): Script {
  return JSON.parse(readFileSync(new URL(file, own), 'utf8'))
}

test('there are scripts', () => {
  expect(files.length).toBeGreaterThan(10)
})

test.each(files)('%s: instrumented modules do what the specification says', file => {
  const { source, commands } = scriptOf(file)
  const outcomes = runScript({ source, commands })
  expect(outcomes.length).toBe(commands.length)
  const others = outcomes.filter(({ kind }) => kind !== 'passed')
  expect(others.map(({ line, command, detail }) => `${source}:${line} ${command}: ${detail}`)).toEqual([])
})

test('every instruction of profile 1 is in a module of these scripts', () => {
  const used = files.flatMap(file =>
    scriptOf(file).commands.flatMap(command =>
      command.type === 'module' && 'base64' in command.module
        ? instructionsIn(new Uint8Array(Buffer.from(command.module.base64, 'base64')))
        : [],
    ),
  )
  expect([...profileInstructions()].filter(name => !used.includes(name))).toEqual([])
})

const assemble = await findAssembler()

test.skipIf(!assemble)(
  'the built files are what the texts say (skipped without npm install --prefix guests)',
  async () => {
    if (!assemble) throw new Error('no assembler')
    for (const [file, content] of await ownFiles(assemble)) {
      expect(Buffer.from(content).equals(readFileSync(new URL(file, own))), file).toBe(true)
    }
  },
)
