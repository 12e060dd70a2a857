import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sentence, type Done } from './ipvm.test-fixture.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const add = join(root, 'guests', 'add', 'add.wasm')
const image = join(root, 'guests', 'image', 'image.wasm')

/** Runs the real command in a process of its own; `onLine` sees its plain progress as it comes. */
async function ipvm(args: readonly string[], onLine?: (line: string, kill: () => void) => void): Promise<Done> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, IPVM_HOME: join(folder, 'home'), npm_execpath: undefined, NO_COLOR: '1' },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', text => (out += text))
  child.stderr.on('data', text => {
    err += text
    for (const line of String(text).split('\n')) onLine?.(line, () => child.kill('SIGINT'))
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, out, err }
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const flow = (tasks: unknown, fields = {}) => JSON.stringify({ 'ipvm/workflow@1': { name: 'test', tasks, ...fields } })
const cidOf = (text: string) => /baf[a-z2-7]{50,}/.exec(text)?.[0] ?? ''

describe('a new user', () => {
  test('sees the commands, and the help of each', async () => {
    const help = await ipvm(['--help'])
    expect(help.code).toBe(0)
    const verbs = [...help.out.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, verb]) => verb ?? '')
    expect(verbs).toEqual(expect.arrayContaining(['init', 'run', 'ps', 'show', 'id']))
    // All in one process, for each of which the command begins anew: fifty processes would be the longest test of all.
    const main = JSON.stringify(join(import.meta.dirname, 'main.ts'))
    const each = `for (const verb of ${JSON.stringify(verbs)}) {
      process.argv.splice(1, 3, ${main}, verb, '--help')
      await import(${main} + '?' + verb)
      if (process.exitCode !== 0) throw new Error(verb)
    }`
    const helps = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', each], {
      encoding: 'utf8',
    })
    for (const verb of verbs) expect(helps).toMatch(new RegExp(`^Usage: ipvm ${verb} `, 'm'))
  })

  test('makes a node once, and gets its DID', async () => {
    const home = join(folder, 'mine')
    const made = await ipvm(['init', '--home', home])
    expect(made.out).toContain('Made a node')
    expect((await ipvm(['init', '--home', home])).out).toContain('There is a node')
    const id = await ipvm(['id', '--home', home])
    expect(made.out).toContain(id.out.trim())
    expect(id.out).toMatch(/^did:key:z6Mk\w+\n$/)
  })

  test('runs a function; the second time its result is reused; ps and show tell of it', async () => {
    const first = await ipvm(['run', add, 'addOne', '41'])
    expect(first).toMatchObject({ code: 0, out: '42\n' })
    expect(first.err).toContain('add-one ran')
    const second = await ipvm(['run', add, 'add-one', '41'])
    expect(second.out).toBe('42\n')
    expect(second.err).toContain('add-one reused')
    expect((await ipvm(['run', add, 'add-one', '-5'])).out).toBe('-4\n')
    const ps = await ipvm(['ps'])
    expect(ps.out).toContain('1/1 settled, 1 reused')

    const receipt = cidOf(/show (\S+)/.exec(second.err)?.[1] ?? '')
    const shown = await ipvm(['show', receipt])
    expect(shown.out).toContain('ok: 42')
    expect(shown.out).toContain('signature')
    const json = JSON.parse((await ipvm(['show', receipt, '--json'])).out)
    expect(json).toMatchObject({ kind: 'receipt', out: { ok: 42 }, ran: { '/': expect.any(String) } })
    expect((await ipvm(['show', json.ran['/']])).out).toContain('/wasm/run')
    const run = JSON.parse((await ipvm(['ps', '--json'])).out.split('\n')[0] ?? '')
    for (const cid of [run.run, run.workflow]) expect((await ipvm(['show', cid])).out).toContain('add-one')
  })

  test('sees the WIT of a file, stored or not', async () => {
    const text = (await ipvm(['wit', add])).out
    expect(text).toContain('world root {\n  export add-one: func(n: s32) -> s32;\n}\n')
    const cid = cidOf((await ipvm(['put', add])).out)
    expect((await ipvm(['wit', cid])).out).toBe(text)
    expect(JSON.parse((await ipvm(['wit', cid, '--json'])).out)).toMatchObject({ exports: [{ name: 'add-one' }] })
  })

  test('runs and looks into a core module as it does a component', async () => {
    const plain = join(root, 'packages/wasm/fixtures/core/plain.wasm')
    expect(await ipvm(['run', plain, 'add', '1', '2'])).toMatchObject({ code: 0, out: '3\n' })
    expect((await ipvm(['wit', plain])).out).toContain('  export add: func(p0: s32, p1: s32) -> s32;\n')
    const embedded = await ipvm(['wit', join(root, 'packages/wasm/fixtures/core/host.wasm')])
    expect(embedded.out).toContain('  export say: func(text: string);\n')
    expect(sentence(await ipvm(['run', plain, 'add', '1', '2', '--config', 'gas']))).toMatch(/^--config: not DAG-JSON/)
  })

  test('learns what a run used of what it might, and may give it less', async () => {
    const done = await ipvm([
      'run',
      image,
      'rotate90',
      `@${join(root, 'examples/portrait/portrait.png')}`,
      '--out',
      'o',
    ])
    expect(done.err).toMatch(/^Used: [\d,]+ of 10\^11 gas, [\d.]+ of 256 MiB, .* of 5 min$/m)
    const receipt = cidOf(/show (\S+)/.exec(done.err)?.[1] ?? '')
    expect((await ipvm(['show', receipt])).out).toMatch(/^ {2}disk +[1-9][\d.]* of 1,024 MiB$/m)
    const { report, gas } = JSON.parse((await ipvm(['show', receipt, '--json'])).out)
    expect(report).toMatchObject({ used: { gas }, limits: { gas: 1e11, time: 300_000 }, log: '' })
    expect((await ipvm(['show', receipt, '--log'])).err).toContain('nothing was written to the log')

    const config = '{"disk": [1000, "bytes"]}'
    const photo = `@${join(root, 'examples/portrait/portrait.png')}`
    const less = await ipvm(['run', image, 'grayscale', photo, '--config', config])
    expect(less.code).toBe(1)
    expect(sentence(less)).toMatch(/of disk, where 1000 are allowed; raise "disk"/)
  })

  test('stores a file and gets it back, byte for byte', async () => {
    const put = await ipvm(['put', image])
    const cid = cidOf(put.out)
    await ipvm(['get', cid, '--output', 'copy.wasm'])
    expect(readFileSync(join(folder, 'copy.wasm')).equals(readFileSync(image))).toBe(true)
    expect((await ipvm(['show', cid])).out).toContain('File')
  })

  test('runs a JSON workflow, writes its results, and reads every event as JSON', async () => {
    const mod = { '/': cidOf((await ipvm(['put', image])).out) }
    const photo = { '/': cidOf((await ipvm(['put', join(root, 'examples/portrait/portrait.png')])).out) }
    const crop = { uri: `ipfs://${mod['/']}`, call: 'wasm/run', input: { func: 'crop', args: [photo, 0, 0, 40, 30] } }
    const turned = { cmd: '/wasm/run', args: { mod, fun: 'rotate90', params: [{ 'await/ok': '../crop' }] } }
    const path = file('picture.json', flow({ turned, '../crop': crop }))
    const done = await ipvm(['run', path, '--out', 'pictures', '--json'])
    expect(done.code).toBe(0)
    const events = done.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(events.map(({ type }) => type)).toEqual(['started', 'running', 'settled', 'running', 'settled', 'ended'])
    expect(existsSync(join(folder, 'pictures', 'turned.png'))).toBe(true)
    expect(existsSync(join(folder, 'crop.png'))).toBe(false)
  })

  test('runs a TypeScript workflow that takes arguments', async () => {
    const source = `import { readFileSync } from 'node:fs'
      export default (n: string) => ({ 'ipvm/workflow@1': { tasks: { sum: { cmd: '/wasm/run',
        args: { mod: new Uint8Array(readFileSync('${add}')), fun: 'add_one', params: [Number(n)] } } } } })`
    expect(await ipvm(['run', file('sum.mts', source), '6'])).toMatchObject({ code: 0, out: '7\n' })
  })
})

describe('the machine in the way', () => {
  test('a damaged store is a sentence and exit status 3', async () => {
    const home = join(folder, 'damaged')
    await ipvm(['run', add, 'add-one', '1', '--home', home])
    rmSync(join(home, 'store.db-wal'), { force: true })
    writeFileSync(join(home, 'store.db'), 'this is no database any more')
    const done = await ipvm(['ps', '--home', home])
    expect(sentence(done)).toMatch(/store\.db is damaged/)
    expect(done.code).toBe(3)
  })

  test('a lost key is a sentence, and no new one is made in its place', async () => {
    const home = join(folder, 'lost')
    await ipvm(['init', '--home', home])
    rmSync(join(home, 'key.pem'))
    for (const verb of ['init', 'id']) {
      const done = await ipvm([verb, '--home', home])
      expect(sentence(done)).toContain('key.pem')
      expect(done.code).toBe(2)
    }
  })

  test('Ctrl-C in the middle: what is done is kept, and running it again goes on from there', async () => {
    const wasm = { '/': cidOf((await ipvm(['put', add])).out) }
    const tasks = Object.fromEntries(
      Array.from({ length: 400 }, (_, i) => {
        const before = i === 0 ? 1000 : { 'await/ok': `t${i - 1}` }
        return [`t${i}`, { cmd: '/wasm/run', args: { mod: wasm, fun: 'add-one', params: [before] } }]
      }),
    )
    const path = file('long.json', flow(tasks))
    const stopped = await ipvm(['run', path], (line, kill) => {
      if (line.includes('t20 ran')) kill()
    })
    expect(stopped.code).toBe(130)
    expect(stopped.err).toMatch(/cancelled; \d+ tasks were settled and are kept/)
    const again = await ipvm(['run', path])
    expect(again).toMatchObject({ code: 0, out: 't399: 1400\n' })
    expect(again.err).toContain('t20 reused')
    expect(again.err).toContain('t399 ran')
  })

  const canMount = process.platform === 'linux' && process.getuid?.() === 0
  test.skipIf(!canMount)(
    'a full disk: exit status 3, and what was stored before is there (skipped unless root may mount)',
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'ipvm-full-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', home])
      try {
        expect((await ipvm(['run', add, 'add-one', '1', '--home', home])).code).toBe(0)
        const large = file(
          'large.bin',
          new Uint8Array(8_000_000).map((_, i) => Math.imul(i, 2654435761) >>> 24),
        )
        const full = await ipvm(['put', large, '--home', home])
        expect(sentence(full)).toContain('no disk space left')
        expect(full.code).toBe(3)
        expect((await ipvm(['run', add, 'add-one', '1', '--home', home])).err).toContain('reused')
      } finally {
        execFileSync('umount', ['-l', home])
      }
    },
  )
})

describe('the output', () => {
  const shell = (line: string) =>
    spawnSync(
      'sh',
      ['-c', line.replaceAll('IPVM', `'${process.execPath}' '${join(import.meta.dirname, 'main.ts')}'`)],
      {
        cwd: folder,
        env: { ...process.env, IPVM_HOME: join(folder, 'home') },
        encoding: 'utf8',
      },
    )

  test.skipIf(!existsSync('/dev/full'))('that could not be written is exit status 3 and a sentence', () => {
    const { status, stderr } = shell(`IPVM run '${add}' add-one 1 > /dev/full`)
    expect(status).toBe(3)
    expect(stderr).toContain('could not be written')
    expect(shell(`IPVM run nowhere.wasm 2> /dev/full`).status).toBe(2)
  })

  test('that nobody reads on does not cut a run', async () => {
    const wasm = { '/': cidOf((await ipvm(['put', add])).out) }
    const step = (i: number) => (i === 0 ? 5000 : { 'await/ok': `t${i - 1}` })
    const tasks = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [
        `t${i}`,
        { cmd: '/wasm/run', args: { mod: wasm, fun: 'add-one', params: [step(i)] } },
      ]),
    )
    const path = file('piped.json', flow(tasks))
    shell(`IPVM run ${path} --json | head -1`)
    shell(`IPVM run ${path} 2>&1 >/dev/null | head -1`)
    const { stdout } = shell(`IPVM ps --json | head -2`)
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ end: 'ok', tasks: 100 })
  })

  test('has no control characters of others on a terminal, nor in messages', async () => {
    const mod = { '/': cidOf((await ipvm(['put', add])).out) }
    const hostile = '\u001b[31mred\u001b]0;owned\u0007\u202e'
    const tasks = { [hostile]: { cmd: '/wasm/run', args: { mod, fun: hostile, params: [] } } }
    const done = await ipvm(['run', file('hostile.json', flow(tasks))])
    expect(done.code).toBe(1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(done.err + done.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  test('goes to files of its own, also where labels look alike or are very long', async () => {
    const mod = { '/': cidOf((await ipvm(['put', image])).out) }
    const photo = { '/': cidOf((await ipvm(['put', join(root, 'examples/portrait/portrait.png')])).out) }
    const crop = (x: number) => ({ cmd: '/wasm/run', args: { mod, fun: 'crop', params: [photo, x, 0, 5, 5] } })
    const tasks = { 'a b': crop(1), 'a/b': crop(2), ['長'.repeat(200)]: crop(3) }
    const done = await ipvm(['run', file('alike.json', flow(tasks)), '--out', 'alike'])
    expect(done.code).toBe(0)
    expect(
      readdirSync(join(folder, 'alike'))
        .filter(name => name.startsWith('a-b'))
        .sort(),
    ).toEqual(['a-b-2.png', 'a-b.png'])
    expect(readdirSync(join(folder, 'alike'))).toHaveLength(3)
  })
})

test('a truncated store does not take a result with it that can be computed again', async () => {
  const home = join(folder, 'truncated')
  await ipvm(['run', add, 'add-one', '1', '--home', home])
  copyFileSync(join(home, 'store.db'), join(home, 'backup.db'))
  truncateSync(join(home, 'store.db'), 0)
  expect(await ipvm(['run', add, 'add-one', '1', '--home', home])).toMatchObject({ code: 0, out: '2\n' })
})
