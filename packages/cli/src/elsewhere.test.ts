import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { effectsSource } from './effects.test-fixture.ts'
import { place, root, type Started } from './ipvm.test-fixture.ts'

const at = place()
const timeout = 120_000
const add = join(root, 'guests/add/add.wasm')
let up: Started
let url: string
let did: string

beforeAll(async () => {
  up = at.start('bob', ['up', '--port', '0'], { IPVM_EFFECTS: at.file('effects.mjs', effectsSource) })
  url = await up.said(/Serving at (http\S+)/)
  await up.said(/Up as process/)
  did = (await at.ipvm('bob', ['id'])).out.trim()
  await at.ipvm('alice', ['init'])
  const alice = (await at.ipvm('alice', ['id'])).out.trim()
  await at.ipvm('bob', ['delegate', alice, '--cmd', '/', '--output', 'alice.ucan'])
}, timeout)
afterAll(async () => {
  up.kill('SIGTERM')
  await up.done
  at.remove()
})

test('a function runs on another node, its module goes along, and what came is kept here', { timeout }, async () => {
  const ran = await at.ipvm('alice', ['run', add, 'add-one', '41', '--node', url, '--proof', 'alice.ucan'])
  expect(ran).toMatchObject({ code: 0, out: '42\n', err: expect.stringContaining(`the node of ${did}`) })
  const [, receipt = ''] = /ipvm show (baf\w+)/.exec(ran.err) ?? []
  expect((await at.ipvm('alice', ['show', receipt])).out).toContain(did)
})

test('a workflow runs there, and a task that fails is told of with the exit status', { timeout }, async () => {
  const tasks = {
    one: { cmd: '/test/wait', args: { file: at.file('gone', '') } },
    two: { cmd: '/test/ask', args: { what: { 'await/ok': 'one' } } },
  }
  const path = at.file('flow.json', JSON.stringify({ 'ipvm/workflow@1': { name: 'flow', tasks } }))
  const ran = await at.ipvm('alice', ['run', path, '--node', url, '--proof', 'alice.ucan'])
  expect(ran).toMatchObject({ code: 1 })
  expect(ran.err).toMatch(/one ran .*\n.*two failed .*there is no waited for/)
})

test('whoever may nothing there is told why, and an address where nobody is, is said to be one', {
  timeout,
}, async () => {
  const refused = await at.ipvm('alice', ['run', add, 'add-one', '1', '--node', url])
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringContaining(
      `${url}/ (${did}) does not let you do /workflow/run; ask its owner for a link (ipvm invite)`,
    ),
  })
  const away = await at.ipvm('alice', ['run', add, 'add-one', '1', '--node', 'http://127.0.0.1:1'])
  expect(away).toMatchObject({ code: 2, err: expect.stringContaining('cannot be reached') })
  const unknown = await at.ipvm('alice', ['run', add, 'add-one', '1', '--node', 'nobody'])
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('there is no peer "nobody"') })
})

test('a request is written into a file, sent by hand, and answered by a receipt', { timeout }, async () => {
  const written = await at.ipvm('bob', ['invoke', add, 'add-one', '6', '-o', 'request.ctn'])
  expect(written.err).toContain(`A container for ${did}`)
  // Where it is served, whatever its config says.
  expect(written.err).toContain(`'${url}/?wait=10'`)
  const body = readFileSync(join(at.folder, 'request.ctn'))
  const answer = await fetch(`${url}/?wait=10`, { method: 'POST', body })
  at.file('answer.ctn', new Uint8Array(await answer.arrayBuffer()))
  expect(await at.ipvm('carol', ['inspect', 'answer.ctn'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('ok: 7'),
  })
})

test('a request of somebody else brings its files and proofs along', { timeout }, async () => {
  const asks = ['invoke', add, 'add-one', '7', '--node', did, '--proof', 'alice.ucan']
  expect((await at.ipvm('alice', [...asks, '-o', 'request.car'])).err).toContain(`A CAR for ${did}`)
  const body = readFileSync(join(at.folder, 'request.car'))
  // As curl sends it, and as it should be sent.
  for (const type of ['application/x-www-form-urlencoded', 'application/vnd.ipld.car']) {
    const headers = { 'content-type': type }
    expect((await fetch(`${url}/?wait=10`, { method: 'POST', body, headers })).status).toBe(200)
  }
  // Sent by the command itself, it is known by now.
  const asked = await at.ipvm('alice', ['invoke', add, 'add-one', '7', '--node', url, '--proof', 'alice.ucan'])
  expect(asked).toMatchObject({ code: 0, out: '8\n' })
  const read = await at.ipvm('alice', ['invoke', '/node/read', '--node', url, '--proof', 'alice.ucan', '--json'])
  expect(JSON.parse(read.out)).toMatchObject({ executor: did, out: { ok: { isWell: true } } })
})

test('the refusal of a request that was sent by hand is read as what it is', { timeout }, async () => {
  await at.ipvm('carol', ['invoke', add, 'add-one', '60', '-o', 'unproved.ctn', '--node', url])
  const body = readFileSync(join(at.folder, 'unproved.ctn'))
  const answer = await fetch(`${url}/?wait=10`, { method: 'POST', body })
  at.file('refused.ctn', new Uint8Array(await answer.arrayBuffer()))
  expect(await at.ipvm('carol', ['inspect', 'refused.ctn'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/refused.ctn holds a refusal: did:key:\w+ shows no proof/),
  })
})

test('what cannot be asked is refused with a sentence', { timeout }, async () => {
  const tries: [readonly string[], RegExp][] = [
    [['nonsense word'], /is no command/],
    [['/node/read', '[]', '--node', 'x'], /the arguments are no map/],
    [['/node/read'], /needs --node/],
    [['/node/read', '-o', 'x.ctn', '--exp', '2020-01-01'], /--exp 2020-01-01 is no time to come/],
  ]
  await Promise.all(
    tries.map(async ([words, sentence]) => {
      const tried = await at.ipvm('alice', ['invoke', ...words])
      expect(tried).toMatchObject({ code: 2, err: expect.stringMatching(sentence) })
    }),
  )
})

test('a peer is named in a workflow as it is called here, and in all that is told of its tasks', {
  timeout,
}, async () => {
  rmSync(join(at.folder, 'gone'), { force: true })
  const tasks = { ask: { sub: 'database', cmd: '/test/ask', args: { what: 'price' } } }
  const path = at.file('named.json', JSON.stringify({ 'ipvm/workflow@1': { name: 'named', tasks } }))
  const unknown = await at.ipvm('alice', ['run', path])
  expect(unknown).toMatchObject({ code: 2, err: expect.stringMatching(/tasks\.ask\.sub: there is no peer "database"/) })
  await at.ipvm('alice', ['connect', url, '--name', 'database', '--proof', 'alice.ucan'])
  const alices = at.start('alice', ['up', '--port', '0'])
  await alices.said(/Up as process/)
  const ran = await at.ipvm('alice', ['run', path])
  expect(ran).toMatchObject({ out: 'the price\n' })
  alices.kill('SIGTERM')
  await alices.done
  const shown = await at.ipvm('alice', ['show', 'last'])
  expect(shown.out).toMatch(/ask +ran by database, receipt/)
  expect((await at.ipvm('alice', ['show', 'last', '--timeline'])).out).toMatch(/ask .* by database$/m)
  await at.ipvm('alice', ['show', 'last', '--timeline', 'run.svg'])
  expect(readFileSync(join(at.folder, 'run.svg'), 'utf8')).toMatch(/aria-label="ask \(\/test\/ask\): ran, by database/)
  const [, receipt = ''] = /receipt (baf\w+)/.exec(shown.out) ?? []
  expect((await at.ipvm('alice', ['show', receipt])).out).toContain(`${did} (database)`)
})
