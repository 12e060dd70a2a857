import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
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
function tried(
  line: string,
  cwd: string,
  more: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Promise<string> {
  // What npx itself does takes longer than most commands do, and the first section goes through it.
  const env = { ...environment(), ...more, IPVM_HOME: join(cwd, 'home'), ...own, npm_execpath: 'npx' }
  return new Promise(resolve => {
    execFile('sh', ['-c', line.replace(/^npx /, '')], { cwd, env }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
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

/** A port that nobody listens at. */
async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return String(typeof address === 'object' ? address?.port : address)
}

test('whoever follows "When something happens" word by word sees what it says', async () => {
  const place = mkdtempSync(join(tmpdir(), 'ipvm-events-'))
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  const port = await freePort()
  const up: ChildProcess[] = []
  let commands = 0
  try {
    for (const { language, text } of blocksOf('When something happens')) {
      const [, file] = /^\/\/ (\S+)\n/.exec(text) ?? []
      if (language === 'json' && file !== undefined)
        writeFileSync(join(place, file), text.slice(text.indexOf('\n') + 1))
      if (language !== 'sh') continue
      for (const line of text.replaceAll('4786', port).trim().split('\n')) {
        const [command = '', printed = ''] = line.split(/ +# /)
        commands += 1
        if (command.endsWith(' &')) up.push(await goesOn(command.slice(0, -2), place, printed))
        else await expect.poll(() => tried(command, place, {})).toContain(printed)
      }
    }
    expect(commands).toBe(6)
  } finally {
    for (const child of up) child.kill('SIGTERM')
    await Promise.all(up.map(child => once(child, 'exit')))
    rmSync(place, { recursive: true, force: true })
  }
}, 240_000)

test('whoever follows "Two machines" word by word has two machines that are peers', async () => {
  const port = await freePort()
  const [desk = [], laptop = []] = blocksOf('Two machines').map(({ text }) => text.trim().split('\n'))
  const up: ChildProcess[] = []
  const places = ['desk', 'laptop'].map(name => mkdtempSync(join(tmpdir(), `ipvm-${name}-`)))
  let commands = 0
  try {
    for (const [at, lines] of [desk, laptop].entries()) {
      const place = places[at] ?? ''
      symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
      // What was sent to the other machine.
      if (at === 1) copyFileSync(join(places[0] ?? '', 'link.txt'), join(place, 'link.txt'))
      for (const line of lines) {
        // Not every machine that tests has an address that others reach.
        const here = line.replaceAll('0.0.0.0', '127.0.0.1').replace('127.0.0.1 &', `127.0.0.1 --port ${port} &`)
        const [command = '', printed = ''] = here.replace('4786', port).split(/ +# /)
        commands += 1
        if (command.endsWith(' &')) up.push(await goesOn(command.slice(0, -2), place, printed))
        else await expect.poll(() => tried(command, place, {})).toContain(printed)
      }
    }
    expect(commands).toBe(5)
  } finally {
    for (const child of up) child.kill('SIGTERM')
    await Promise.all(up.map(child => once(child, 'exit')))
    for (const place of places) rmSync(place, { recursive: true, force: true })
  }
}, 240_000)

test('whoever follows "Over HTTP" word by word sees what it says', async () => {
  const place = mkdtempSync(join(tmpdir(), 'ipvm-http-'))
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  copyFileSync(join(root, 'guests/add/add.wasm'), join(place, 'add.wasm'))
  const port = await freePort()
  const own = { HOME: place, IPVM_HOME: join(place, '.ipvm') }
  const up: ChildProcess[] = []
  let commands = 0
  try {
    for (const { language, text } of blocksOf('Over HTTP')) {
      const here = text.replaceAll('4786', port)
      const [, file] = /^\/\/ (\S+)\n/.exec(here) ?? []
      if (language === 'ts' && file !== undefined) writeFileSync(join(place, file), here.slice(here.indexOf('\n') + 1))
      if (language !== 'sh') continue
      for (const line of here.trim().split('\n')) {
        const [command = '', printed = ''] = line.split(/ +# /)
        commands += 1
        if (command.endsWith(' &')) up.push(await goesOn(command.slice(0, -2), place, printed, own))
        else expect(`${command}\n${await tried(command, place, {}, own)}`).toContain(printed)
      }
    }
    expect(commands).toBe(6)
  } finally {
    for (const child of up) child.kill('SIGTERM')
    await Promise.all(up.map(child => once(child, 'exit')))
    rmSync(place, { recursive: true, force: true })
  }
}, 240_000)

/** Begins a command that goes on, and waits until it has printed that. */
async function goesOn(line: string, cwd: string, printed: string, own: object = {}): Promise<ChildProcess> {
  const env = { ...environment(), IPVM_HOME: join(cwd, 'home'), ...own }
  const child = spawn(process.execPath, [join(root, 'packages/cli/bin/ipvm.js'), ...line.split(' ').slice(2)], {
    cwd,
    env,
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text
      if (said.includes(printed)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', () => reject(new Error(said)))
  })
  return child
}
