import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok } from '@ipvm/ipld'
import { withPeer, type KnownPeer } from '@ipvm/service'
import { alice, bob, carol } from '@ipvm/testing'
import { delegate } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { afterAll, afterEach, expect, test } from 'vitest'
import { homeOf, makeHome, type Home } from '../home.ts'
import { makeIdentity } from '../identity.ts'
import { IpvmNode } from '../node.ts'
import { PeersFile } from '../peers/peers-file.ts'
import { serve } from '../serve/serve.ts'
import { good, hasOpenssl, makeCertificate } from '../serve/serve.test-fixture.ts'
import { realWorld } from '../world.ts'
import { examine } from './doctor.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-doctor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

let homes = 0
async function aNode(config: object = {}): Promise<Home> {
  const home = homeOf(join(folder, `node-${homes++}`))
  const { signer } = good(await makeIdentity(home))
  writeFileSync(home.config, JSON.stringify({ serve: { port: 0 }, ...config }))
  await new IpvmNode(home, signer).close()
  return home
}

/** A server of another kind, whose clock is off by so many seconds. */
async function otherProgram(ahead = 0): Promise<number> {
  const server = createServer((_, response) => {
    response.sendDate = false
    response.setHeader('date', new Date(Date.now() + ahead * 1000).toUTCString())
    response.end('hello')
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What is not as it should be. */
async function wrong(home: Home): Promise<readonly string[]> {
  const findings = await examine(home)
  for (const { level, advice } of findings) expect(advice === undefined).toBe(level === 'ok')
  return findings.flatMap(({ level, of, what }) => (level === 'ok' ? [] : [`${level} ${of}: ${what}`]))
}

test('of a node that is well, every part is looked at, and nothing is found', async () => {
  const home = await aNode()
  expect(await wrong(home)).toEqual([])
  const parts = new Set((await examine(home)).map(({ of }) => of))
  expect([...parts]).toEqual(['store', 'keys', 'config', 'egress', 'clock', 'tls', 'libp2p', 'peers'])
})

test('what those hear who are in the same network is said', async () => {
  const listen = ['/ip4/127.0.0.1/tcp/0']
  const said = async (libp2p: object) => {
    const findings = await examine(await aNode({ network: { libp2p } }))
    return findings.find(({ of }) => of === 'libp2p')?.what
  }
  expect(await said({ listen })).toBe('it listens at /ip4/127.0.0.1/tcp/0; it is not announced in the local network')
  expect(await said({ listen, mdns: true })).toMatch(/everybody in the local network hears its peer id and addresses/)
})

test('a folder without a node, a wrong config, a lost key and a damaged store are told', async () => {
  expect(await wrong(homeOf(join(folder, 'nobody')))).toEqual([expect.stringMatching(/^warn keys: there is no node/)])
  const home = await aNode({ serve: { prot: 1 } })
  expect(await wrong(home)).toEqual([expect.stringMatching(/^fail config: .*did you mean serve\.port/)])
  const lost = await aNode()
  rmSync(lost.key)
  expect(await wrong(lost)).toEqual([expect.stringMatching(/^fail keys: /)])
  const damaged = await aNode()
  writeFileSync(damaged.store, 'this is no database, and never was one'.repeat(99))
  expect(await wrong(damaged)).toEqual([expect.stringMatching(/^fail store: /)])
})

test.skipIf(process.platform === 'win32')('keys that others may read are told, with how to mend it', async () => {
  const home = await aNode()
  chmodSync(home.key, 0o640)
  expect(await wrong(home)).toEqual([expect.stringMatching(/^fail keys: others on this machine may open .*mode 640/)])
})

test('a port that another program has, and a clock that is off, are told by how much', async () => {
  const port = await otherProgram(86_400)
  const peers = [`http://127.0.0.1:${port}/`]
  const home = await aNode({ serve: { port }, network: { peers }, egress: { private: [`127.0.0.1:${port}`] } })
  expect(await wrong(home)).toEqual([
    `warn ports: another program listens on port ${port}`,
    expect.stringMatching(
      /^fail clock: it is 8640\d s behind that of 1 others; what is signed here does not hold there/,
    ),
  ])
})

test('a peer that is gone, that is somebody else, or whose delegations end, is told by name', async () => {
  const home = await aNode()
  const signer = good(await makeIdentity(home)).signer
  const bobs = homeOf(join(folder, 'bob'))
  good(await makeHome(bobs))
  const node = new IpvmNode(bobs, bob)
  const server = good(await serve(node, { host: '127.0.0.1', port: 0 }))
  const now = realWorld.now()
  const holds = async (exp: number | null) => [
    await delegate({ aud: signer.did, sub: alice.did, cmd: '/', nonce: new Uint8Array(12), exp }, alice),
  ]
  const peer = async ({ did }: Signer, name: string, url: string, exp: number | null): Promise<KnownPeer> => ({
    ...{ did, name, trusted: true, since: now, addresses: [url], given: [], delegations: await holds(exp) },
  })
  const all = [
    await peer(bob, 'bob', `${server.url}/`, null),
    await peer(carol, 'carol', `${server.url}/`, now - 60),
    await peer(alice, 'alice', 'http://127.0.0.1:1/', now + 3600),
  ]
  good(await new PeersFile(home).edit(before => ok({ peers: all.reduce(withPeer, before), value: undefined })))
  expect(await wrong(home)).toEqual([
    expect.stringMatching(/^fail peers: did:key:\S+ answers at the address of carol/),
    'fail peers: what carol let this node do has ended',
    expect.stringMatching(/^warn peers: alice is not to be reached: /),
    'warn peers: what alice lets this node do ends in 1 hours',
  ])
  await server.close()
  await node.close()
})

test.skipIf(!hasOpenssl)('a certificate that ends soon, or is of another key, is told', async () => {
  const tls = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') }
  makeCertificate(tls, 'soon', 3)
  const home = await aNode({ serve: { port: 0, tls } })
  expect(await wrong(home)).toEqual([expect.stringMatching(/^warn tls: the certificate ends in [23] days/)])
  makeCertificate({ ...tls, key: join(folder, 'other.pem') }, 'other', 90)
  expect(await wrong(home)).toEqual([expect.stringMatching(/^fail tls: .*k\.pem is not the key of/)])
})
