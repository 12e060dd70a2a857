import { readFileSync } from 'node:fs'
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
    err: expect.stringMatching(/shows no proof that it may act for did:key:\w+/),
  })
  const away = await at.ipvm('alice', ['run', add, 'add-one', '1', '--node', 'http://127.0.0.1:1'])
  expect(away).toMatchObject({ code: 2, err: expect.stringContaining('cannot be reached') })
  const unknown = await at.ipvm('alice', ['run', add, 'add-one', '1', '--node', 'nobody'])
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('there is no peer "nobody"') })
})

test('a request is written into a file, sent by hand, and answered by a receipt', { timeout }, async () => {
  const written = await at.ipvm('bob', ['invoke', add, 'add-one', '6', '-o', 'request.ctn'])
  expect(written.err).toContain(`A container for ${did}`)
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
  const headers = { 'content-type': 'application/vnd.ipld.car' }
  expect((await fetch(`${url}/?wait=10`, { method: 'POST', body, headers })).status).toBe(200)
  // Sent by the command itself, it is known by now.
  const asked = await at.ipvm('alice', ['invoke', add, 'add-one', '7', '--node', url, '--proof', 'alice.ucan'])
  expect(asked).toMatchObject({ code: 0, out: '8\n' })
  const read = await at.ipvm('alice', ['invoke', '/node/read', '--node', url, '--proof', 'alice.ucan', '--json'])
  expect(JSON.parse(read.out)).toMatchObject({ executor: did, out: { ok: { isWell: true } } })
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
