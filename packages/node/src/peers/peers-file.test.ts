import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nameOf, ok } from '@ipvm/ipld'
import { noPeers, withPeer, type KnownPeer, type Peers } from '@ipvm/service'
import { delegate } from '@ipvm/ucan'
import { alice, bob, carol } from '@ipvm/testing'
import { afterAll, expect, test } from 'vitest'
import { homeOf } from '../home.ts'
import { PeersFile } from './peers-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-peers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const since = 1_767_225_600
const laptop: KnownPeer = {
  ...{ did: bob.did, name: 'laptop', addresses: ['http://10.0.0.2:4786/'], trusted: true, since },
  delegations: [],
  given: [],
}

async function full(): Promise<Peers> {
  const nonce = new Uint8Array(12)
  const one = await delegate({ aud: alice.did, sub: bob.did, cmd: '/wasm/run', nonce, exp: since + 60 }, bob)
  const other = await delegate({ aud: bob.did, sub: alice.did, cmd: '/receipt', nonce, exp: null }, alice)
  const peers = [
    { ...laptop, delegations: [one], given: [other], forgiven: since },
    { ...laptop, did: carol.did, name: 'carol' },
  ]
  const invitation = { cid: nameOf('invitation'), exp: since, commands: ['/receipt'] as const, usedBy: bob.did }
  return { addresses: ['https://node.example/'], peers, invitations: [invitation] }
}

test('what is written is read again, by another process as well, and nobody else may read it', async () => {
  const home = homeOf(join(folder, 'again'))
  const peers = await full()
  expect(await new PeersFile(home).read()).toEqual(ok(noPeers))
  expect(await new PeersFile(home).edit(() => ok({ peers, value: 7 }))).toEqual(ok(7))
  expect(await new PeersFile(home).read()).toEqual(ok(peers))
  expect(statSync(home.peers).mode & 0o777).toBe(0o600)
  expect(readdirSync(home.folder).sort()).toEqual(['peers.json', 'peers.json-lock'])
})

test('what is not changed is not written', async () => {
  const home = homeOf(join(folder, 'same'))
  const book = new PeersFile(home)
  await book.edit(before => ok({ peers: withPeer(before, laptop), value: undefined }))
  const { ino } = statSync(home.peers)
  await book.edit(before => ok({ peers: before, value: undefined }))
  await book.edit(() => ({ error: { name: 'No', message: 'it is not to be' } }))
  expect(statSync(home.peers).ino).toBe(ino)
})

test('what could not be read again is not written', async () => {
  const home = homeOf(join(folder, 'unreadable'))
  const book = new PeersFile(home)
  await book.edit(before => ok({ peers: withPeer(before, laptop), value: undefined }))
  const wrong = { ...laptop, did: carol.did, name: 'carol', addresses: [''] }
  expect(await book.edit(before => ok({ peers: withPeer(before, wrong), value: 1 }))).toMatchObject({
    error: { name: 'InvalidPeers', message: expect.stringContaining('peers.1.addresses.0') },
  })
  expect(await book.read()).toEqual(ok({ ...noPeers, peers: [laptop] }))
})

test('several processes change it at the same time, and nothing of any is lost', async () => {
  const home = homeOf(join(folder, 'several'))
  const script = join(folder, 'writer.ts')
  const from = (path: string) => JSON.stringify(join(import.meta.dirname, path))
  writeFileSync(
    script,
    `import { PeersFile } from ${from('peers-file.ts')}
import { homeOf } from ${from('../home.ts')}
const book = new PeersFile(homeOf(process.argv[2]))
for (let n = 0; n < 20; n++) {
  const at = 'memory:' + process.argv[3] + '-' + n
  const done = await book.edit(before => {
    const [first] = before.peers
    const addresses = (first?.name ?? 'n').length > 0 ? before.addresses : []
    const peer = { did: 'did:key:z6Mk' + process.argv[3] + n, addresses: [at], trusted: false, since: n, delegations: [], given: [] }
    return { ok: { peers: { ...before, addresses, peers: [...before.peers, peer] }, value: n } }
  })
  if (done.error) throw new Error(done.error.message)
}`,
  )
  const run = (name: string) =>
    new Promise<number | null>(resolve => {
      const child = spawn(process.execPath, [script, home.folder, name], { stdio: 'inherit' })
      child.on('close', resolve)
    })
  expect(await Promise.all(['a', 'b', 'c'].map(run))).toEqual([0, 0, 0])
  const peers = await new PeersFile(home).read()
  expect('ok' in peers && peers.ok.peers.length).toBe(60)
})

test('a node hears when another process has changed it', async () => {
  const home = homeOf(join(folder, 'heard'))
  const [book, other] = [new PeersFile(home), new PeersFile(home)]
  await other.edit(before => ok({ peers: withPeer(before, laptop), value: undefined }))
  const heard = Promise.withResolvers<void>()
  const stop = book.watch(() => heard.resolve())
  // It takes one look to know what was there before.
  await expect
    .poll(async () => {
      await other.edit(before => ok({ peers: { ...before, addresses: [`x:${performance.now()}`] }, value: undefined }))
      return Promise.race([heard.promise.then(() => 'heard'), new Promise(resolve => setTimeout(resolve, 50))])
    })
    .toBe('heard')
  stop()
})

test.each<[string, string, RegExp]>([
  ['is not JSON', '{', /it is not JSON.*correct it/],
  ['names no DID', '{"peers": [{"did": "bob"}]}', /peers\.0\.did: write a DID/],
  ['has what nobody knows', '{"peers": [], "friends": []}', /friends/],
  [
    'has a name of several words',
    `{"peers": [{"did": "${bob.did}", "name": "a b"}]}`,
    /peers\.0\.name: a name is one word/,
  ],
  [
    'has no container',
    `{"peers": [{"did": "${bob.did}", "delegations": "x"}]}`,
    /delegations: write a container as text/,
  ],
  ['has a broken container', `{"peers": [{"did": "${bob.did}", "given": "Cxxxx"}]}`, /peers\.0\.given: the container/],
  ['has too many addresses', `{"addresses": [${Array(17).fill('"x"')}]}`, /addresses/],
])('a list that %s is refused by name, and left as it is', async (what, text, message) => {
  const home = homeOf(join(folder, what.replace(/\W/g, '')))
  await new PeersFile(home).edit(before => ok({ peers: withPeer(before, laptop), value: undefined }))
  writeFileSync(home.peers, text)
  const book = new PeersFile(home)
  expect(await book.read()).toMatchObject({ error: { name: 'InvalidPeers', message: expect.stringMatching(message) } })
  expect(await book.edit(before => ok({ peers: before, value: 1 }))).toMatchObject({ error: { name: 'InvalidPeers' } })
  expect(readFileSync(home.peers, 'utf8')).toBe(text)
})
