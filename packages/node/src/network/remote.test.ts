import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createEgress, readException } from '@ipvm/egress'
import { CID, isMap, type Result } from '@ipvm/ipld'
import type { IncomingRequest, OpenTransport } from '@ipvm/network'
import { defineEffect, type Effect } from '@ipvm/runtime'
import { doorProof, limits, withPeer } from '@ipvm/service'
import { alice, bob } from '@ipvm/testing'
import { delegate, type Delegation } from '@ipvm/ucan'
import type { Did, Signer } from '@ipvm/varsig'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { homeOf, makeHome } from '../home.ts'
import { IpvmNode } from '../node.ts'
import { realWorld } from '../world.ts'
import { dialOnly } from './dial-only.ts'
import { openLibp2p, type Libp2pParts } from './libp2p.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-remote-'))
const loopback = readException('127.0.0.1:*')
const egress = createEgress({ after: realWorld.after, exceptions: 'ok' in loopback ? [loopback.ok] : [] })
afterAll(() => {
  egress.close()
  rmSync(folder, { recursive: true })
})

function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** A node that is among others over libp2p alone, and what it was asked. */
async function open(
  signer: Signer,
  listen: readonly string[],
  wallet: readonly Delegation[],
  { effects = [], ...more }: Partial<Libp2pParts> & { readonly effects?: readonly Effect[] } = {},
) {
  const home = homeOf(mkdtempSync(join(folder, 'home-')))
  good(await makeHome(home))
  const node = new IpvmNode(home, signer, { workers: 1, effects, wallet: { proofs: async () => wallet } })
  const config = { ...dialOnly, listen }
  const libp2p = good(
    await openLibp2p({ config, home, signer, egress, knows: () => true, hears: () => false, ...more }),
  )
  const asked: IncomingRequest[] = []
  const transport: OpenTransport = host => {
    const answer = (request: IncomingRequest) => {
      asked.push(request)
      return host.answer(request)
    }
    return libp2p({ ...host, answer })
  }
  const network = await node.openNetwork([transport])
  good(await node.runtime.open())
  return { node, network, asked }
}

const pageBytes = 1_000_000
const bookBytes = 12_000_000

/** Bytes of which no two blocks are the same. */
function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i += 1) bytes[i] = Math.imul(i, 2_654_435_761) >>> 24
  return bytes
}

test('a page goes along, a book comes back, and who asks waits for it, all over libp2p', async () => {
  const there = Promise.withResolvers<IpvmNode>()
  const scan = defineEffect<{ page: CID }>({
    cmd: '/library/scan',
    class: 'query',
    args: v.strictObject({ page: v.instance(CID) }),
    run: async ({ page }) => {
      const node = await there.promise
      await wait(300)
      const { length } = good(await node.file(page))
      return { ok: { length, book: await node.put(bytesOf(bookBytes)) } }
    },
  })
  const nonce = new Uint8Array(12)
  const may = await delegate({ aud: alice.did, sub: bob.did, cmd: '/library', nonce, exp: null }, bob)
  const bobs = await open(bob, ['/ip4/127.0.0.1/tcp/0'], [], { effects: [scan] })
  there.resolve(bobs.node)
  // Blocks have streams of their own, for the peers that were let read them.
  const mayRead = await delegate({ aud: alice.did, sub: bob.did, cmd: '/block/get', nonce, exp: null }, bob)
  const reader = { did: alice.did, addresses: [], trusted: false, since: 0, delegations: [], given: [mayRead] }
  good(await bobs.node.peers.edit(before => ({ ok: { peers: withPeer(before, reader), value: undefined } })))
  const alices = await open(alice, [], [may])
  good(await alices.network.connect(bobs.network.addresses[0] ?? ''))

  const page = await alices.node.put(bytesOf(pageBytes))
  const task = { sub: bob.did, cmd: '/library/scan', args: { page } }
  const ended = good(await alices.node.run({ 'ipvm/workflow@1': { tasks: { task } } }))
  const out = ended.tasks.get('task')?.receipt?.out
  if (!out || !('ok' in out) || !isMap(out.ok) || !(out.ok.book instanceof CID)) throw new Error(JSON.stringify(out))
  expect(out.ok.length).toBe(pageBytes)
  // More than goes along with an answer: the rest was fetched, block by block.
  expect(bookBytes).toBeGreaterThan(limits.answerBlocksBytesMax)
  const book = good(await alices.node.file(out.ok.book))
  expect(Buffer.compare(book, bytesOf(bookBytes))).toBe(0)
  // It was asked once, by bytes that bring the page, and waited.
  const runs = bobs.asked.filter(({ bytes }) => bytes.length > pageBytes)
  expect(runs).toMatchObject([{ type: 'car', from: { did: alice.did } }])
  expect(runs[0]?.wait).toBeGreaterThan(300)
  await Promise.all([alices.node.close(), bobs.node.close()])
})

test('who was given a mere delegation comes over libp2p by it, and who was given none does not', async () => {
  const print = defineEffect<{ page: string }>({
    ...{ cmd: '/printer/print', class: 'mutation', args: v.strictObject({ page: v.string() }) },
    run: async ({ page }) => ({ ok: `printed ${page}` }),
  })
  const nonce = new Uint8Array(12)
  const may = await delegate({ aud: alice.did, sub: bob.did, cmd: '/printer', nonce, exp: null }, bob)
  const bobs = await open(bob, ['/ip4/127.0.0.1/tcp/0'], [], { effects: [print], knows: () => false })
  const [address = ''] = bobs.network.addresses
  const peers = async (delegations: readonly Delegation[]) => {
    const known = { did: bob.did, addresses: [address], trusted: false, since: 0, delegations, given: [] }
    return { ok: { addresses: [], invitations: [], peers: [known] } }
  }
  const ask = async (delegations: readonly Delegation[]) => {
    const proofs = (agent: Did) => doorProof(agent, { read: () => peers(delegations) })
    const alices = await open(alice, [], [may], { proofs })
    good(await alices.network.connect(address))
    const config = { time: [2, 'seconds'] }
    const task = { sub: bob.did, cmd: '/printer/print', args: { page: 'one' }, meta: { 'ipvm/config': config } }
    const ended = good(await alices.node.run({ 'ipvm/workflow@1': { tasks: { task } } }))
    await alices.node.close()
    return ended.tasks.get('task')?.receipt?.out
  }
  expect(await ask([])).toMatchObject({ error: { name: 'Refused' } })
  expect(await ask([may])).toEqual({ ok: 'printed one' })
  await bobs.node.close()
})
