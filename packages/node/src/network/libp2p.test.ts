import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEgress, readException } from '@ipvm/egress'
import { ok } from '@ipvm/ipld'
import { openNetwork, type Network } from '@ipvm/network'
import { alice, bob, carol } from '@ipvm/testing'
import type { Signer } from '@ipvm/varsig'
import { afterAll, expect, test } from 'vitest'
import { realWorld } from '../world.ts'
import { dialling, type Libp2pConfig } from './libp2p.ts'
import { peerSeed } from './peer-seed.ts'
import { openTransports } from './transports.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-libp2p-'))
afterAll(() => rmSync(folder, { recursive: true }))

const off: Libp2pConfig = {
  ...{ listen: [], announce: [], bootstrap: [] },
  ...{ mdns: false, relay: false, dht: false, bitswap: false },
}

const loopback = readException('127.0.0.1:*')
const egress = createEgress({ after: realWorld.after, exceptions: 'ok' in loopback ? [loopback.ok] : [] })
const closed = createEgress({ after: realWorld.after })
afterAll(() => {
  egress.close()
  closed.close()
})

async function open(signer: Signer, config: Partial<Libp2pConfig>, known: readonly Signer[]): Promise<Network> {
  const home = { folder: mkdtempSync(join(folder, 'home-')) }
  const knows = (did: string) => known.some(one => one.did === did)
  const transports = await openTransports({ libp2p: { ...off, ...config }, home, signer, egress, knows, hears: knows })
  if ('error' in transports) throw new Error(transports.error.message)
  const answer = async ({ bytes }: { readonly bytes: Uint8Array }) => ok({ type: 'container' as const, bytes })
  return openNetwork({ world: realWorld, transports: transports.ok, answer })
}

test('two nodes that know each other meet by what one has in its config, and a third one hears nothing', async () => {
  const a = await open(alice, { listen: ['/ip4/127.0.0.1/tcp/0'] }, [bob])
  const [at = ''] = a.addresses
  const [b, c] = [await open(bob, { bootstrap: [at] }, [alice]), await open(carol, { bootstrap: [at] }, [alice])]
  const body = { type: 'container', bytes: Uint8Array.of(7) } as const
  while (!('ok' in (await b.request(alice.did, body)))) await new Promise(resolve => setTimeout(resolve, 10))
  expect(b.peers()).toMatchObject([{ did: alice.did }])
  expect(await c.request(at, body)).toMatchObject({ error: { name: 'Refused' } })
  expect(a.peers()).toMatchObject([{ did: bob.did }])
  await Promise.all([a, b, c].map(one => one.close()))
})

test('whose config says nothing of libp2p goes to who is there alone, and loads nothing of it before', async () => {
  const a = await open(alice, { listen: ['/ip4/127.0.0.1/tcp/0'] }, [bob])
  const [at = ''] = a.addresses
  for (const libp2p of [undefined, off]) {
    const home = { folder: mkdtempSync(join(folder, 'home-')) }
    const parts = { home, signer: bob, egress, knows: (did: string) => did === alice.did, hears: () => true }
    const transports = await openTransports({ ...parts, ...(libp2p && { libp2p }) })
    if ('error' in transports) throw new Error(transports.error.message)
    const b = await openNetwork({ world: realWorld, transports: transports.ok })
    const heard = Promise.withResolvers<Uint8Array>()
    b.subscribe('ipvm/tests', ({ bytes }) => {
      heard.resolve(bytes)
      return 'accept'
    })
    expect(await b.connect('/p2p/12D3KooWB8sCGZCrwr79HtabLAn95qyPQx6RYHXjEbiD6QKou7ww')).toHaveProperty('error')
    expect([b.addresses, readdirSync(home.folder)]).toEqual([[], []])
    expect(await b.connect(at)).toMatchObject({ ok: { did: alice.did } })
    expect(await b.request(alice.did, { type: 'container', bytes: Uint8Array.of(7) })).toHaveProperty('ok')
    expect(b.addresses).toEqual([])
    // The same words twice would be heard once.
    const saying = setInterval(() => void a.publish('ipvm/tests', crypto.getRandomValues(new Uint8Array(8))), 50)
    expect(await heard.promise).toHaveLength(8)
    clearInterval(saying)
    await b.close()
  }
  await a.close()
})

test('a peer id is kept in the home, for its owner’s eyes alone', async () => {
  const home = { folder: mkdtempSync(join(folder, 'seed-')) }
  const seeds = await Promise.all([peerSeed(home), peerSeed(home), peerSeed(home)])
  const path = join(home.folder, 'libp2p.seed')
  const kept = new Uint8Array(readFileSync(path))
  expect(seeds).toEqual([kept, kept, kept].map(ok))
  expect(await peerSeed(home)).toEqual(ok(kept))
  expect(statSync(path).mode & 0o077).toBe(0)
  writeFileSync(path, 'short')
  expect(await peerSeed(home)).toMatchObject({
    error: { name: 'UnusableHome', message: expect.stringMatching(/delete it/) },
  })
  expect(await peerSeed({ folder: join(folder, 'nowhere') })).toMatchObject({ error: { name: 'UnusableHome' } })
})

test.each<[string, boolean]>([
  ['/ip4/93.184.216.34/tcp/4001', true],
  ['/ip4/127.0.0.1/tcp/4001', false],
  ['/ip4/127.0.0.1/tcp/4002/ws', false],
  ['/ip4/192.168.1.5/tcp/4001', false],
  ['/ip6/::1/tcp/4001', false],
  ['/ip6/::ffff:10.0.0.1/tcp/4001', false],
  ['/ip4/169.254.169.254/tcp/80', false],
  ['/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWB8sCGZCrwr79HtabLAn95qyPQx6RYHXjEbiD6QKou7ww/p2p-circuit', false],
  ['/ip4/10.0.0.7/tcp/4787/p2p/12D3KooWB8sCGZCrwr79HtabLAn95qyPQx6RYHXjEbiD6QKou7ww', true],
  ['/ip4/10.0.0.7/tcp/4788', false],
  ['/p2p/12D3KooWB8sCGZCrwr79HtabLAn95qyPQx6RYHXjEbiD6QKou7ww', true],
  ['/unix/%2Frun%2Fsocket', false],
])('may %s be dialled: %s', async (address, may) => {
  const named = ['/ip4/10.0.0.7/tcp/4787']
  expect(await dialling(closed, { isLocal: false, named })(address)).toBe(may)
})

test('who looks around in the local network may dial into it, and not to this machine', async () => {
  const mayDial = dialling(closed, { isLocal: true, named: [] })
  const asked = ['192.168.1.5', '10.1.2.3', '172.20.0.1', '127.0.0.1', '100.64.0.1']
  expect(await Promise.all(asked.map(ip => mayDial(`/ip4/${ip}/tcp/4001`)))).toEqual([true, true, true, false, false])
})
