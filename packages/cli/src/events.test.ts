import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { afterAll, expect, test } from 'vitest'
import { effectsSource } from './effects.test-fixture.ts'
import { place } from './ipvm.test-fixture.ts'

const at = place()
afterAll(at.remove)
const timeout = 240_000
const env = { IPVM_EFFECTS: at.file('effects.mjs', effectsSource) }
const ok = (label: string) => ({ 'await/ok': label })
const event = (select: string) => ({ cmd: '/event/get', args: { select } })

function flow(name: string, tasks: unknown, fields = {}): string {
  return at.file(`${name}.json`, JSON.stringify({ 'ipvm/workflow@1': { name, tasks, ...fields } }))
}

/** Kills its process at the nth time that something gets to the disk from when a file says so, before or after. */
const killer = at.file(
  'killer.mjs',
  `
import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const { exec } = DatabaseSync.prototype
let commits = 0
DatabaseSync.prototype.exec = function (sql) {
  if (sql !== 'COMMIT' || !existsSync('armed')) return exec.call(this, sql)
  commits += 1
  const [when, nth] = readFileSync('armed', 'utf8').split(' ')
  if (when === 'before' && commits === Number(nth)) process.kill(process.pid, 'SIGKILL')
  const done = exec.call(this, sql)
  if (when === 'after' && commits === Number(nth)) process.kill(process.pid, 'SIGKILL')
  return done
}
`,
)

async function post(url: string, id: string): Promise<Response | undefined> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': id }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ id }) }).catch(() => undefined)
}

test('a node that is killed at any moment between a request, its run, and what that starts, does each once', {
  timeout,
}, async () => {
  const count = flow('count', {
    id: event('.data.body.id'),
    response: { cmd: '/kv/put', args: { key: 'in', value: ok('id') } },
  })
  const follow = flow('follow', { id: event('.id'), put: { cmd: '/kv/put', args: { key: 'out', value: ok('id') } } })
  mkdirSync(join(at.folder, 'drop'))
  expect((await at.ipvm('alice', ['on', 'http', 'count', count])).code).toBe(0)
  expect((await at.ipvm('alice', ['on', 'kv', 'follow', follow, '--prefix', 'in'])).code).toBe(0)
  let kills = 0
  let events = 0
  let doomed = await up()
  for (const when of ['before', 'after']) {
    for (let nth = 1; nth <= 9; nth++) {
      const id = `${when} ${nth}`
      events += 1
      const armed = at.file('armed', id)
      await post(doomed.url, id)
      // What the request has started may be what is killed.
      const died = await Promise.race([doomed.node.done.then(() => true), settled(events).then(() => false)])
      kills += died ? 1 : 0
      doomed.node.kill('SIGKILL')
      await doomed.node.done
      rmSync(armed)
      doomed = await up()
      // Whoever got no answer asks again, with the same key.
      for (let answer = await post(doomed.url, id); answer?.status !== 200; answer = await post(doomed.url, id)) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      await settled(events)
    }
  }
  doomed.node.kill('SIGKILL')
  await doomed.node.done
  expect(kills).toBeGreaterThan(9)
  expect(await versions()).toEqual([events, events])

  /** Keeps the node up, until it is killed. */
  async function up() {
    const node = at.start('alice', ['up', '--port', '0'], { ...env, NODE_OPTIONS: `--import ${killer}` })
    return { node, url: `${await node.said(/Serving at (\S+)/)}/fn/count` }
  }

  async function versions() {
    const store = openSqliteStore(join(at.folder, 'alice', 'store.db'))
    const found = [await store.kvVersion('in'), await store.kvVersion('out')]
    await store.close()
    return found
  }

  /** Until what was asked for so far has gone through, and no more was done. */
  async function settled(wanted: number): Promise<void> {
    for (;;) {
      const found = await versions()
      for (const version of found) expect(version).toBeLessThanOrEqual(wanted)
      if (found.every(version => version === wanted)) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
})

test('what starts workflows is added, listed, served, looked after and taken away', { timeout }, async () => {
  const path = flow('echo', { response: event('.data.query') })
  const added = await at.ipvm('bob', ['on', 'http', 'echo', path])
  expect(added.out).toMatch(/^echo {2}http \/fn\/echo {2}baf/)
  expect(added.err).toContain("nobody runs this node's workflows now; keep it up with: ipvm up")
  const up = at.start('bob', ['up', '--port', '0'], env)
  const url = await up.said(/Serving at (\S+)/)
  expect(await (await fetch(`${url}/fn/echo?a=1`)).json()).toEqual({ a: '1' })
  // Added by another process while it is up.
  const pay = flow('pay', { event: event('.data.path'), pay: { cmd: '/test/ask', args: { what: ok('event') } } })
  mkdirSync(join(at.folder, 'inbox'))
  expect((await at.ipvm('bob', ['on', 'file', 'inbox', pay, '--path', 'inbox', '--match', '*.txt'], env)).code).toBe(0)
  at.file('gone', '')
  writeFileSync(join(at.folder, 'inbox', 'a.txt'), 'a')
  await up.said(/inbox failed a\.txt@\S+: its run baf\S+ ended: failed/)
  const listed = (await at.ipvm('bob', ['on'])).out
  expect(listed).toMatch(/^echo {2}http GET,POST \/fn\/echo {2}echo {2}0 waiting, 0 delivered, 0 dead$/m)
  expect(listed).toMatch(/^inbox {2}file \S+inbox like \*\.txt {2}pay {2}0 waiting, 1 delivered, 0 dead$/m)
  const dead = await at.ipvm('bob', ['on', 'inbox', '--dead'])
  expect(dead.out).toMatch(/a\.txt@.*\n {2}its run baf\S+ ended: failed/)
  expect(dead.err).toContain('ipvm on retry inbox all')
  rmSync(join(at.folder, 'gone'))
  expect((await at.ipvm('bob', ['on', 'retry', 'inbox', 'all'], env)).out).toContain('Brought again: a.txt@')
  await up.said(/pay {2}ended: ok/)
  expect((await at.ipvm('bob', ['on', 'inbox', '--dead'])).out).toBe('All of its events came to a good end\n')
  expect((await at.ipvm('bob', ['off', 'echo'])).out).toBe('Let go of echo\n')
  while ((await fetch(`${url}/fn/echo`)).status !== 404) await new Promise(resolve => setTimeout(resolve, 20))
  up.kill('SIGINT')
  expect((await up.done).code).toBe(0)
  const json = (await at.ipvm('bob', ['on', '--json'])).out.trim().split('\n')
  expect(json.map(line => JSON.parse(line).name)).toEqual(['inbox'])
})

test('what cannot be is said before anything is kept', async () => {
  const path = flow('two', { one: event('.'), other: event('.id') })
  const said = async (...words: string[]) => (await at.ipvm('carol', ['on', ...words])).err
  expect(await said('http', 'two', path)).toContain('which task answers? Call it "response", or say --output LABEL')
  expect(await said('http', 'a/b', path, '--output', 'one')).toContain('name: ')
  expect(await said('webhook', 'hook', path)).toContain('it needs --secret')
  expect(await said('file', 'files', path, '--path', 'nowhere')).toContain('nowhere is not watched: there is none')
  const carol = join(at.folder, 'carol')
  expect(await said('file', 'files', path, '--path', carol)).toContain('with its keys; watch another folder')
  expect(await said('file', 'files', path, '--path', at.folder)).toContain('with its keys; watch another folder')
  expect(await said('receipt', 'any', path)).toContain('on receipt needs --cmd, --ran, --outcome or --where')
  expect(await said('http', 'retry', path, '--output', 'one')).toContain('is a word of ipvm on')
  expect(await said('nobody')).toContain('there is no trigger "nobody"')
  expect(await said('kv', 'k', path, '--only', '{"/kv/put": [["=", ".key"]]}')).toContain('only: ')
  await at.ipvm('carol', ['effects', 'allow', '/secret/get', 'key'])
  const leak = flow('leak', { response: { cmd: '/secret/get', args: { name: 'key' } } })
  expect(await said('http', 'leak', leak)).toContain('tasks.response: it comes of a secret')
  expect((await at.ipvm('carol', ['on'])).out).toContain('Nothing starts workflows here yet')
  const hook = ['webhook', 'hook', path, '--scheme', 'github', '--secret', 'hook-key']
  expect(await said(...hook)).toContain('there is no secret "hook-key" yet')
})
