import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { place, root, type Started } from './ipvm.test-fixture.ts'

const at = place()
const started: Started[] = []
const servers: Server[] = []
afterAll(async () => {
  for (const one of started) one.kill('SIGTERM')
  for (const server of servers) server.close()
  await Promise.all(started.map(({ done }) => done))
  at.remove()
})
const timeout = 120_000
const add = join(root, 'guests/add/add.wasm')

/** Keeps somebody's node up, and gives where. */
async function up(person: string, port = '0'): Promise<{ readonly url: string; readonly node: Started }> {
  const node = at.start(person, ['up', '--port', port])
  started.push(node)
  const url = await node.said(/Serving at (http:\S+)/)
  await node.said(/Up as process/)
  return { url, node }
}

async function link(person: string, ...args: string[]): Promise<string> {
  const invited = await at.ipvm(person, ['invite', ...args])
  expect(invited.err).toContain('ipvm join LINK')
  return invited.out.trim()
}

async function peers(person: string) {
  const { out } = await at.ipvm(person, ['peers', '--json'])
  return out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

const id = async (person: string) => (await at.ipvm(person, ['id'])).out.trim()

test('two machines are peers after two commands, find each other again, and use each other’s results', {
  timeout,
}, async () => {
  const { url } = await up('alice')
  const { node: bobs } = await up('bob')
  const joined = await at.ipvm('bob', ['join', await link('alice', '--name', 'laptop'), '--name', 'home'])
  expect(joined).toMatchObject({ code: 0, out: expect.stringMatching(/^home {2}.*trusted/) })
  // Neither was started anew.
  await expect
    .poll(async () => (await peers('alice'))[0])
    .toMatchObject({
      ...{ name: 'laptop', did: await id('bob'), trusted: true, away: null },
      connected: expect.any(Number),
    })
  await expect.poll(async () => (await peers('bob'))[0]?.connected).toEqual(expect.any(Number))
  const [home] = await peers('bob')
  expect(home).toMatchObject({ name: 'home', did: await id('alice'), addresses: [`${url}/`], trusted: true })
  for (const list of [home.given, home.delegations]) {
    expect(list.map(({ cmd }: { cmd: string }) => cmd)).toEqual([
      ...['/block', '/node/read', '/receipt', '/wasm/run', '/workflow/read', '/workflow/run'],
    ])
  }
  expect((await at.ipvm('alice', ['run', add, 'add-one', '41'])).out).toBe('42\n')
  await expect
    .poll(async () => (await at.ipvm('bob', ['run', add, 'add-one', '41'])).err, { interval: 500 })
    .toContain('reused')

  // It goes away, and comes back.
  bobs.kill('SIGTERM')
  await bobs.done
  await expect.poll(async () => (await peers('alice'))[0]?.away).toEqual(expect.any(Number))
  // At another port, which it tells those whom it finds.
  const { url: moved } = await up('bob')
  await expect
    .poll(async () => (await peers('alice'))[0])
    .toMatchObject({ connected: expect.any(Number), addresses: [`${moved}/`] })

  // Both ways out: another name, and forgotten.
  expect((await at.ipvm('alice', ['peers', 'rename', 'laptop', 'old'])).out).toMatch(/^old {2}/)
  expect((await at.ipvm('alice', ['peers', 'forget', 'old'])).out).toMatch(/^Forgot old/)
  expect(await peers('alice')).toEqual([])
  // Those who were there are let go of, and do not come back.
  const nobody = /^There are no peers yet/
  await expect.poll(async () => (await at.ipvm('alice', ['peers'])).out, { timeout: 20_000 }).toMatch(nobody)
  await expect.poll(async () => (await peers('bob'))[0]?.away, { timeout: 20_000 }).toEqual(expect.any(Number))
  expect((await at.ipvm('alice', ['peers'])).out).toMatch(nobody)
})

test('a link is for one, until it is taken back; whom it is not for is told so', { timeout }, async () => {
  await up('carol')
  const first = await link('carol')
  expect((await at.ipvm('dave', ['join', ...(first.match(/.{1,70}/g) ?? [])])).code).toBe(0)
  const second = await at.ipvm('erin', ['join', first])
  expect(second).toMatchObject({ code: 2, err: expect.stringMatching(/came by this invitation, and it is for one/) })
  const taken = await link('carol', '--name', 'erin')
  const list = await at.ipvm('carol', ['invite', '--list', '--json'])
  const open = list.out.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
  expect(open.map(({ state }) => state)).toEqual(['used', 'open'])
  await at.ipvm('carol', ['revoke', open[1].cid])
  expect((await at.ipvm('erin', ['join', taken])).err).toMatch(/this invitation was taken back; ask for another one/)
  expect((await at.ipvm('carol', ['join', taken])).err).toContain('this very node')
  expect(await peers('erin')).toEqual([])
  expect((await peers('carol')).map(({ did }) => did)).toEqual([await id('dave')])
})

test('who answers at the address of a link and is not the inviter is sent nothing', {
  timeout,
}, async () => {
  const { url, node } = await up('frank')
  const invitation = await link('frank')
  node.kill('SIGTERM')
  await node.done
  const { port } = new URL(url)
  // Another node, which shows a record of its own.
  const { node: other } = await up('grace', port)
  const wrong = await at.ipvm('heidi', ['join', invitation])
  expect(wrong).toMatchObject({
    code: 2,
    err: expect.stringMatching(/is not the node of the invitation.*Nothing was sent/),
  })
  other.kill('SIGTERM')
  await other.done
  // Servers that are none: one that redirects to the node, one that answers all with a page.
  const { url: moved } = await up('frank')
  const asked: string[] = []
  const answer = { redirects: true }
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (answer.redirects) response.writeHead(307, { location: `${moved}${request.url}` }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(Number(port), '127.0.0.1', resolve))
  expect((server.address() as AddressInfo).port).toBe(Number(port))
  for (const redirects of [true, false]) {
    answer.redirects = redirects
    const nobody = await at.ipvm('heidi', ['join', invitation])
    expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('proves no name') })
  }
  expect(new Set(asked)).toEqual(new Set(['GET /.well-known/ipvm-peer']))
  expect(await peers('heidi')).toEqual([])
})

test('a link leads over libp2p, too, to a node that serves nothing over HTTP', { timeout }, async () => {
  await at.ipvm('leo', ['init'])
  const config = { network: { libp2p: { listen: ['/ip4/127.0.0.1/tcp/0'] } } }
  writeFileSync(join(at.folder, 'leo', 'config.json'), JSON.stringify(config))
  const node = at.start('leo', ['up'])
  started.push(node)
  await node.said(/Up as process/)
  const joined = await at.ipvm('mia', ['join', await link('leo'), '--name', 'leo', '--json'])
  expect(joined.code).toBe(0)
  expect(JSON.parse(joined.out).addresses[0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//)
  expect((await peers('leo')).map(({ did }) => did)).toEqual([await id('mia')])
})

test('who is at an address is shown without trust; delegations of a file are used', {
  timeout,
}, async () => {
  const { url } = await up('ivan')
  const ivan = await id('ivan')
  await at.ipvm('judy', ['init'])
  const met = await at.ipvm('judy', ['connect', url, '--name', 'ivan'])
  expect(met).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ivan {2}answers {2}not trusted[\s\S]*lets this node: nothing/),
  })
  const file = join(at.folder, 'for-judy.ucan')
  await at.ipvm('ivan', ['delegate', await id('judy'), '--cmd', '/wasm', '--output', file])
  const proven = await at.ipvm('judy', ['connect', url, '--proof', file])
  expect(proven.out).toMatch(/lets this node: \/wasm until/)
  expect((await at.ipvm('ivan', ['peers', 'add', file])).err).toContain('gives this node nothing')
  expect((await at.ipvm('judy', ['connect', url, '--trust', '--json'])).out).toContain('"trusted":true')
  expect((await at.ipvm('judy', ['connect', url, '--forget', '--json'])).out).toContain(ivan)
  expect(await peers('judy')).toEqual([])
})

test('what cannot be is refused in a sentence', { timeout }, async () => {
  expect((await at.ipvm('kim', ['invite'])).err).toContain('is not up, so nobody could join it')
  expect((await at.ipvm('kim', ['invite', '--exp', 'never', '--address', 'http://10.0.0.9'])).err).toContain(
    '7 days at most',
  )
  expect((await at.ipvm('kim', ['invite', '--allow', 'wasm', '--address', 'http://10.0.0.9'])).err).toContain(
    'is no command',
  )
  expect((await at.ipvm('kim', ['join', 'https://example.com'])).err).toContain('does not begin with ipvm:join/')
  const away = await at.ipvm('kim', ['connect', 'http://127.0.0.1:1'])
  expect(away).toMatchObject({
    code: 2,
    err: expect.stringContaining('the node there is up for others: ipvm up --host'),
  })
  expect((await at.ipvm('kim', ['peers', 'forget', 'nobody'])).err).toContain('there is no peer "nobody"')
  expect((await at.ipvm('kim', ['peers', 'praise', 'bob'])).err).toContain('peers wants')
  const beside = await at.ipvm('kim', [
    'invite',
    '--address',
    'https://node.example',
    '--only',
    '/receipt',
    '--json',
    '--qr',
  ])
  expect(JSON.parse(beside.out)).toMatchObject({ addresses: ['https://node.example/'], commands: ['/receipt'] })
  expect(beside.err).toContain('█▀')
  const path = join(at.folder, 'kim', 'peers.json')
  expect(readFileSync(path, 'utf8')).toContain('https://node.example/')
  writeFileSync(path, '{"peers": 7}')
  expect((await at.ipvm('kim', ['peers'])).err).toMatch(/peers\.json: peers: /)
})

test('a node that is reached over libp2p alone is joined over that', { timeout }, async () => {
  await at.ipvm('mona', ['config', 'set', 'network.libp2p.listen', '/ip4/127.0.0.1/tcp/0'])
  const up = at.start('mona', ['up'])
  await up.said(/Up as process/)
  const invited = await at.ipvm('mona', ['invite', '--name', 'nick', '--json'])
  const { link, addresses } = JSON.parse(invited.out)
  expect(addresses.every((address: string) => /^\/(ip4\/127|p2p\/)/.test(address))).toBe(true)
  const joined = await at.ipvm('nick', ['join', link, '--name', 'mona'])
  expect(joined).toMatchObject({ code: 0, out: expect.stringMatching(/^mona {2}joined {2}trusted/) })
  expect((await at.ipvm('mona', ['peers'])).out).toMatch(/^nick /)
  const asked = await at.ipvm('nick', ['invoke', '/node/read', '--node', 'mona'])
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('mona is connected to over libp2p alone') })
  up.kill('SIGINT')
  await up.done
})
