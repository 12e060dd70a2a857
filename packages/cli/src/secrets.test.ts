import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { place, root } from './ipvm.test-fixture.ts'

const at = place()
afterAll(() => at.remove())
const timeout = 240_000

const word = 'hunter2/Zq7-correct+horse'

/**
 * A service that is told the secret, and does with it what its arguments say; what it heard is in a file that is no part of
 * the node. It puts the secret into whatever it says.
 */
const service = `
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import { defineEffect } from '${join(root, 'packages/runtime/src/index.ts')}'

const args = { '~standard': { version: 1, vendor: 'test', validate: value => ({ value }) } }
const failure = key => ({ name: 'Denied', message: 'no ' + key, told: key, deep: [{ key }] })

async function run({ key, mode }) {
  appendFileSync('outside/heard.txt', mode + ' ' + key.slice(0, 40) + '\\n')
  if (mode === 'final') return { error: failure(key), verdict: 'final' }
  if (mode === 'lost') return { error: failure(key), verdict: 'unknown' }
  if (mode === 'again') return { error: failure(key), verdict: 'again' }
  if (mode === 'throw') throw new Error('the connection broke after ' + key)
  if (mode === 'kill' && existsSync('outside/kill')) {
    rmSync('outside/kill')
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  }
  return { ok: { echo: key, list: [key], [key.slice(0, 40)]: 1 } }
}

const call = { class: 'mutation', secret: true, args, run }
export default [
  defineEffect({ ...call, cmd: '/test/call' }),
  defineEffect({ ...call, cmd: '/test/send', idempotent: true }),
  defineEffect({ ...call, cmd: '/test/look', class: 'query' }),
]
`

const ok = (label: string) => ({ 'await/ok': label })
const failed = (label: string) => ({ 'await/error': label })
const none = { meta: { 'ipvm/config': { secret: false } } }
const quick = { config: { retry: { max: 2, backoff: [10, 'milliseconds'], factor: 1 } } }

function flow(name: string, tasks: object, fields: object = quick): string {
  return at.file(`outside/${name}.json`, JSON.stringify({ 'ipvm/workflow@1': { name, tasks, ...fields } }))
}

/** In how many forms a text may be written down. */
function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const shifted = [0, 1, 2].map(shift => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    // The characters that depend on nothing but the text.
    return whole.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + bytes.length) * 8) / 6))
  })
  const url = shifted.map(form => form.replaceAll('+', '-').replaceAll('/', '_'))
  const hex = bytes.toString('hex')
  const utf16 = Buffer.from(text, 'utf16le')
  const forms = [
    text,
    hex,
    hex.toUpperCase(),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    ...shifted,
    ...url,
  ]
  const listed = [[...bytes].join(','), [...bytes].join(', ')]
  return [...[...forms, ...listed].map(form => Buffer.from(form)), utf16, Buffer.from(utf16).swap16()]
}

const forms = formsOf(word)

/** Where a text was written down, of what is given by name. */
function found(written: ReadonlyMap<string, Buffer>): readonly string[] {
  return [...written].filter(([, bytes]) => forms.some(form => bytes.includes(form))).map(([name]) => name)
}

function filesIn(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    if (statSync(path).isFile()) files.set(path, readFileSync(path))
  }
  return files
}

test('every form that is looked for is found where it is', () => {
  const bytes = Buffer.from(`x${word}y`)
  for (const [name, text] of [
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['hex', bytes.toString('hex')],
    ['uri', encodeURIComponent(bytes.toString())],
    ['bytes', JSON.stringify([...bytes])],
  ] as const) {
    expect(found(new Map([[name, Buffer.from(text)]]))).toEqual([name])
  }
  expect(found(new Map([['utf16', Buffer.from(word, 'utf16le')]]))).toEqual(['utf16'])
})

test('a secret is in nothing that a node writes, whatever becomes of what it goes into', { timeout }, async () => {
  mkdirSync(join(at.folder, 'outside'))
  const spans: Buffer[] = []
  const collector = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => spans.push(chunk)).on('end', () => response.end('{}'))
  })
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
  const address = collector.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const env = {
    IPVM_EFFECTS: at.file('outside/service.mjs', service),
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  }
  const said = new Map<string, Buffer>()
  let count = 0
  const note = (what: string, { out, err }: { readonly out: string; readonly err: string }) =>
    said.set(`${count++} ${what}`, Buffer.from(out + err))
  const ipvm = async (...args: string[]) => {
    const done = await at.ipvm('bob', args, env)
    note(args.join(' '), done)
    return done
  }
  const set = (name: string, value: string) => {
    const options = { input: value, env: { ...process.env, IPVM_HOME: join(at.folder, 'bob') } }
    execFileSync(process.execPath, [join(root, 'packages/cli/bin/ipvm.js'), 'secret', 'set', name], {
      ...options,
      stdio: 'pipe',
    })
  }

  set('word', `${word}\n`)
  set('large', word.repeat(2000))
  for (const cmd of ['/secret/get', '/crypto/encrypt']) await ipvm('effects', 'allow', cmd, 'word', 'large', 'vault')
  await ipvm('secret', 'new', 'vault')
  expect((await ipvm('secret', 'list')).out).toBe('large\nvault\nword\n')

  const put = async (path: string) => ({ '/': /baf\w+/.exec((await ipvm('put', join(root, path))).out)?.[0] ?? '' })
  const [echo, host] = [
    await put('packages/wasm/fixtures/echo.wasm'),
    await put('packages/wasm/fixtures/core/host.wasm'),
  ]
  const fun = (mod: object, name: string, ...params: unknown[]) => ({
    cmd: '/wasm/run',
    args: { mod, fun: name, params },
  })
  const key = { cmd: '/secret/get', args: { name: 'word' } }
  const call = (mode: string, from: unknown = ok('key')) => ({ cmd: '/test/call', args: { mode, key: from } })

  const good = flow('good', {
    key,
    large: { cmd: '/secret/get', args: { name: 'large' } },
    echoed: fun(echo, 'echo-string', ok('key')),
    many: fun(echo, 'echo-string', ok('large')),
    logged: fun(host, 'say', ok('key')),
    err: fun(echo, 'check', { err: ok('key') }),
    trap: fun(echo, 'echo-u8', ok('key')),
    rescued: {
      cmd: '/test/look',
      args: { mode: 'ok', key: ok('echoed'), because: failed('err'), and: failed('trap') },
    },
    sent: call('ok', ok('echoed')),
    large2: call('ok', ok('many')),
    hidden: { cmd: '/crypto/encrypt', args: { key: 'vault', data: ok('key') }, ...none },
  })
  expect(await ipvm('plan', good)).toMatchObject({ code: 0 })
  const run = await ipvm('run', good)
  expect(run.code).toBe(0)
  await ipvm('run', good, '--verbose', '--out', join(at.folder, 'results'))
  const heard = () => readFileSync(join(at.folder, 'outside/heard.txt'), 'utf8')
  expect(heard()).toContain(`ok ${word}`)

  // What it shows its owner, who asks for it.
  const [, receipt = ''] = /^sent: a secret; ipvm show (baf\w+)/m.exec(run.out) ?? []
  expect((await at.ipvm('bob', ['show', receipt, '--reveal'], env)).out).toContain(word)

  // Everything that may go wrong with it.
  for (const mode of ['final', 'again', 'throw']) {
    await ipvm('run', flow(mode, { key, it: { ...call(mode), cmd: '/test/send' } }), '--debug')
    await ipvm('retry', 'last', 'it')
    await ipvm(
      'run',
      flow(`${mode}-none`, {
        key,
        it: { ...call(mode), cmd: '/test/look', ...none },
        after: { cmd: '/kv/put', args: { key: mode, value: failed('it') } },
      }),
    )
  }
  await ipvm('run', flow('lost', { key, it: call('lost') }))
  await ipvm('show', 'last', '--json')
  await ipvm('retry', 'last', 'it')
  const outcome = JSON.stringify({ id: word })
  const settled = await at.ipvm('bob', ['settle', 'last', 'it', '--ok', outcome], env)
  note('settle', settled)
  expect(settled.code).toBe(0)

  // Killed while it was told; then another process takes what a person says.
  at.file('outside/kill', '')
  expect((await ipvm('run', flow('killed', { key, it: call('kill') }))).code).toBe(null)
  const up = at.start('bob', ['up', '--metrics', '0'], env)
  const metrics = await up.said(/Metrics: (http:\S+)/)
  await up.said(/Up as process/)
  note('settle under way', await at.ipvm('bob', ['settle', 'last', 'it', '--error', `lost with ${word}`], env))
  await ipvm('run', flow('handed', { key, it: call('ok') }))
  note('metrics', { out: await (await fetch(metrics)).text(), err: '' })
  up.kill('SIGINT')
  note('up', await up.done)

  // Every verb that tells of it.
  for (const args of [
    ['ps'],
    ['ps', '--json'],
    ['logs', 'last'],
    ['schedules'],
    ['effects'],
    ['effects', '/secret/get'],
    ['gc'],
  ]) {
    await ipvm(...args)
  }
  const listed = (await ipvm('ps', '--json')).out
  const runs = new Set([...listed.matchAll(/"run":\s*(?:\{"\/":\s*)?"(baf\w+)"/g)].map(([, run = '']) => run))
  expect(runs.size).toBeGreaterThan(10)
  const names = new Set<string>()
  for (const name of runs) {
    const whole = (await ipvm('show', name, '--json')).out
    for (const [cid] of whole.matchAll(/baf\w{50,}/g)) names.add(cid)
  }
  expect(names.size).toBeGreaterThan(20)
  for (const cid of [...names].slice(0, 8)) await ipvm('show', cid)
  await ipvm('show', receipt, '--json')
  expect((await ipvm('rerun', receipt)).err).toContain('comes of a secret')
  await ipvm('fork', 'last', '--from', 'it')
  await ipvm('export', 'all', '--output', join(at.folder, 'exports', 'all.car'))
  const [, workflow = ''] =
    /"workflow":\{"\/":"(baf\w+)"/.exec((await ipvm('show', 'last', '--json')).out.replaceAll(/\s/g, '')) ?? []
  expect((await ipvm('export', workflow, '--output', join(at.folder, 'exports', 'one.car'))).code).toBe(0)
  await new Promise(resolve => collector.close(resolve))

  expect(Buffer.concat(spans).toString('latin1')).toContain('/test/call')
  const written = new Map([...filesIn(join(at.folder, 'bob')), ...filesIn(join(at.folder, 'exports')), ...said])
  written.set('spans', Buffer.concat(spans))
  for (const [path, bytes] of at.folder ? filesIn(join(at.folder, 'results')) : []) written.set(path, bytes)
  expect(written.size).toBeGreaterThan(60)
  expect(found(written)).toEqual([])

  // The store is not encrypted as a whole: what is no secret is found in it.
  const store = [...written].filter(([path]) => path.includes('store.db')).map(([, bytes]) => bytes)
  expect(Buffer.concat(store).includes('what it says comes of a secret')).toBe(true)
  writeFileSync(join(at.folder, 'bob', 'planted'), word)
  expect(found(filesIn(join(at.folder, 'bob')))).toHaveLength(1)
})
