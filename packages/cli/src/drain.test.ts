import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect as connectTo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { effectsSource } from './effects.test-fixture.ts'
import { place } from './ipvm.test-fixture.ts'

const at = place()
afterAll(at.remove)
const env = { IPVM_EFFECTS: at.file('effects.mjs', effectsSource), IPVM_SERVE_DRAIN: '60' }
const timeout = 40_000

/** A function URL that waits for a file. */
async function waitingFunction(person: string, file: string): Promise<void> {
  const tasks = {
    query: { cmd: '/event/get', args: { select: '.data.query' } },
    response: { cmd: '/test/wait', args: { file, of: { 'await/ok': 'query' } } },
  }
  const path = at.file(`${file}.json`, JSON.stringify({ 'ipvm/workflow@1': { name: file, tasks } }))
  expect(await at.ipvm(person, ['on', 'http', file, path], env)).toMatchObject({ code: 0 })
}

/** Until so many requests wait for a file. */
async function waiting(file: string, count = 1): Promise<void> {
  const path = join(at.folder, `${file}.waits`)
  while (!existsSync(path) || statSync(path).size < count) await new Promise(resolve => setTimeout(resolve, 10))
}

async function up(person: string, more: Readonly<Record<string, string>> = {}) {
  const process = at.start(person, ['up', '--port', '0'], { ...env, ...more })
  const url = await process.said(/Serving at (http:\S+)/)
  await process.said(/Up as process/)
  return { process, url }
}

/** A connection on which something was asked, and that is kept. */
function kept(url: string, path: string) {
  const { port } = new URL(url)
  const socket = connectTo(Number(port), '127.0.0.1')
  let got = ''
  socket.on('data', data => {
    got += data
  })
  socket.on('error', () => {}).write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const until = async (what: RegExp) => {
    while (!what.test(got)) await new Promise(resolve => setTimeout(resolve, 10))
    return got
  }
  return { until, ended: new Promise<string>(resolve => socket.on('close', () => resolve(got))) }
}

test('asked to end, a node answers what is under way, and takes on nothing more', { timeout }, async () => {
  await waitingFunction('alice', 'go')
  const { process, url } = await up('alice')
  const asked = Array.from({ length: 8 }, (_, n) => fetch(`${url}/fn/go?n=${n}`))
  await waiting('go', 8)
  process.kill('SIGTERM')
  await process.said(/Stopping; .*requests under way: 8, for 60 s at most/)
  await expect(fetch(`${url}/fn/go`)).rejects.toThrow()
  at.file('go', '')
  const answers = await Promise.all(asked.map(async one => (await one).text()))
  expect(new Set(answers)).toEqual(new Set(['waited for go']))
  expect(await process.done).toMatchObject({ code: 0 })
})

test('what takes longer is told where its answer will be, and has it when the node is back', { timeout }, async () => {
  await waitingFunction('bob', 'later')
  const first = await up('bob', { IPVM_SERVE_DRAIN: '0' })
  const asked = fetch(`${first.url}/fn/later`)
  await waiting('later')
  first.process.kill('SIGTERM')
  const answer = await asked
  expect(answer.status).toBe(202)
  const location = answer.headers.get('location') ?? ''
  expect(await first.process.done).toMatchObject({ code: 0 })
  at.file('later', '')
  const second = await up('bob')
  const look = async () => (await fetch(second.url + location)).status
  while ((await look()) !== 200) await new Promise(resolve => setTimeout(resolve, 20))
  second.process.kill('SIGTERM')
  await second.process.done
})

test('another node is told where the receipt will be, and the same bytes ask for it when the node is back', {
  timeout,
}, async () => {
  const first = await up('erin', { IPVM_SERVE_DRAIN: '0' })
  const request = join(at.folder, 'request.ctn')
  expect(await at.ipvm('erin', ['invoke', '/test/wait', '{"file":"sent"}', '-o', request], env)).toMatchObject({
    code: 0,
  })
  const post = (url: string) => fetch(`${url}/?wait=30`, { method: 'POST', body: readFileSync(request) })
  const asked = post(first.url)
  await waiting('sent')
  first.process.kill('SIGTERM')
  const answer = await asked
  expect([answer.status, answer.headers.get('location')]).toEqual([202, expect.stringMatching(/^\/receipts\/bafy/)])
  expect(await first.process.done).toMatchObject({ code: 0 })
  at.file('sent', '')
  const second = await up('erin')
  const again = await post(second.url)
  expect([again.status, (await again.arrayBuffer()).byteLength > 100]).toEqual([200, true])
  second.process.kill('SIGTERM')
  await second.process.done
})

test('who only listens is told to come again, and health says why there is nobody', { timeout }, async () => {
  await waitingFunction('carol', 'gate')
  const { process, url } = await up('carol', { IPVM_NETWORK_PUBLIC: '/receipt/read' })
  const stream = kept(url, '/topics?topic=receipts')
  await stream.until(/event: hello/)
  const [health, held] = [kept(url, '/healthz'), kept(url, '/fn/gate')]
  expect(await health.until(/\}/)).toMatch(/200 OK[\s\S]*\{"ok":true\}/)
  await waiting('gate')
  process.kill('SIGTERM')
  expect(await stream.ended).toMatch(/retry: 1000\n\n/)
  at.file('gate', '')
  expect(await held.ended).toMatch(/connection: close[\s\S]*waited for gate/i)
  expect(await process.done).toMatchObject({ code: 0 })
})

test('asked twice, it ends at once', { timeout }, async () => {
  await waitingFunction('dave', 'never')
  const { process, url } = await up('dave')
  const asked = fetch(`${url}/fn/never`).catch(() => 'cut off')
  await waiting('never')
  process.kill('SIGTERM')
  await process.said(/Ctrl-C again ends at once/)
  await new Promise(resolve => setTimeout(resolve, 600))
  process.kill('SIGTERM')
  expect(await process.done).toMatchObject({ code: 130 })
  expect(await asked).toBe('cut off')
})
