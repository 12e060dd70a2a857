import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = import.meta.dirname
const folder = mkdtempSync(join(tmpdir(), 'ipvm-guide-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The blocks of a section of the guide: commands, and files that it asks to write. */
function blocksOf(section: string): { language: string; text: string }[] {
  const guide = readFileSync(join(root, 'docs/guide.md'), 'utf8')
  const [, text = ''] = guide.split(`## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  return [...own.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = '', block = '']) => ({
    language,
    text: block,
  }))
}

function environment() {
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  return { ...process.env, PATH: path, IPVM_HOME: join(folder, 'home'), NO_COLOR: '1' }
}

/** Runs one line as it is typed, and gives what it printed; what it says when it fails is the test's message. */
function typed(line: string, cwd: string): Promise<string> {
  const env = environment()
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', line], { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${line}: ${stdout}${stderr}`))
      else resolve(stdout)
    })
  })
}

/** The tool that builds TypeScript is for fewer machines than the rest. */
function hasEngine(): boolean {
  try {
    createRequire(join(root, 'packages/author/package.json')).resolve('componentize-qjs')
    return true
  } catch {
    return false
  }
}

test.skipIf(!hasEngine())(
  'whoever follows "Your first function" word by word gets what it says',
  async () => {
    const place = join(folder, 'empty')
    await typed(`mkdir ${place}`, folder)
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    let cwd = place
    let commands = 0
    for (const { language, text } of blocksOf('Your first function')) {
      const [, file] = /^\/\/ (\S+)\n/.exec(text) ?? []
      if (language === 'ts' && file !== undefined) writeFileSync(join(cwd, file), text.slice(text.indexOf('\n') + 1))
      if (language !== 'sh') continue
      for (const line of text.trim().split('\n')) {
        const [command = '', printed] = line.split(/ +# /)
        commands += 1
        if (command.startsWith('cd ')) cwd = join(cwd, command.slice(3))
        else expect(await typed(command, cwd)).toContain(printed ?? '')
      }
    }
    expect(commands).toBe(7)
    expect(await typed('npm test', cwd)).toMatch(/pass 1/)
  },
  120_000,
)

/** Runs one line as it is typed, and gives all that it printed, however it ended. */
function tried(line: string, cwd: string, more: Readonly<Record<string, string>>): Promise<string> {
  const env = { ...environment(), ...more, IPVM_HOME: join(cwd, 'home') }
  return new Promise(resolve => {
    execFile('sh', ['-c', line], { cwd, env }, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}

test('whoever follows "When things go wrong" word by word sees what it says', async () => {
  const place = mkdtempSync(join(tmpdir(), 'ipvm-wrong-'))
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  const exported: Record<string, string> = {}
  let commands = 0
  for (const { language, text } of blocksOf('When things go wrong')) {
    const [, file] = /^\/\/ (\S+)\n/.exec(text) ?? []
    if (language === 'ts' && file !== undefined) writeFileSync(join(place, file), text.slice(text.indexOf('\n') + 1))
    if (language !== 'sh') continue
    for (const line of text.trim().split('\n')) {
      const [command = '', printed] = line.split(/ +# /)
      commands += 1
      const [, name, value] = /^export (\w+)=(.*)$/.exec(command) ?? []
      if (name !== undefined && value !== undefined) exported[name] = value
      else expect(`${command}\n${await tried(command, place, exported)}`).toContain(printed ?? '')
    }
  }
  expect(commands).toBe(22)
  rmSync(place, { recursive: true, force: true })
}, 240_000)
