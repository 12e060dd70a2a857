import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseCid, readFile } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { openNetwork, type Network } from '../../index.ts'
import { realWorld, Shelf } from '../../suite/harness.test-fixture.ts'
import { libp2pTransport } from '../index.ts'
import { recordOf } from '../people.test-fixture.ts'

// Helia is large; it is installed apart: npm ci --prefix bench/network
const bench = join(import.meta.dirname, '../../../../../bench/network')
const isInstalled = existsSync(join(bench, 'node_modules/helia'))

const mebibyte = 1024 * 1024

/** A node of IPFS in a process of its own. */
class Helia implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (value: unknown) => void>()
  #number = 0

  constructor() {
    this.#child = fork(join(bench, 'helia-peer.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child.on('message', ({ number, value }: { number: number; value: unknown }) =>
      this.#waiting.get(number)?.(value),
    )
  }

  ready(): Promise<unknown> {
    return new Promise(resolve => this.#waiting.set(0, resolve))
  }

  ask(name: string, argument?: unknown): Promise<unknown> {
    this.#number += 1
    const number = this.#number
    this.#child.send({ number, name, argument })
    return new Promise(resolve => this.#waiting.set(number, resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.disconnect()
    await gone
  }
}

function openBob(shelf: Shelf, isPublic: (cid: string) => boolean = () => true): Promise<Network> {
  return openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ listen: ['/ip4/127.0.0.1/tcp/0'], record: recordOf('bob'), isBitswap: true })],
    // A node of IPFS proves no DID.
    block: async (cid, { did }) => (did === undefined && isPublic(cid.toString()) ? shelf.block(cid) : undefined),
  })
}

test.skipIf(!isInstalled)('a node of IPFS fetches a file of ours, and not what it may not have', async () => {
  const { shelf, root } = Shelf.withFile(5 * mebibyte + 3)
  const secret = Shelf.withFile(1000)
  await shelf.put(secret.blocks)
  await using helia = new Helia()
  await helia.ready()
  await using bob = Object.assign(await openBob(shelf, cid => cid !== secret.root.toString()), {
    async [Symbol.asyncDispose]() {
      await bob.close()
    },
  })
  await helia.ask('dial', bob.addresses[0])
  expect(await helia.ask('size', { root: root.toString(), within: 20_000 })).toBe(5 * mebibyte + 3)
  expect(await helia.ask('size', { root: secret.root.toString(), within: 1000 })).toBe(-1)
  expect(bob.setAside()).toEqual([])
})

test.skipIf(!isInstalled)('a file of a node of IPFS is fetched by us', async () => {
  await using helia = new Helia()
  await helia.ready()
  const bob = await openBob(new Shelf())
  const root = parseCid(String(await helia.ask('add', 20 * mebibyte)))
  if ('error' in root) throw new Error(root.error.message)
  const met = await bob.connect(String(await helia.ask('address')))
  if ('error' in met) throw new Error(met.error.message)
  expect(met.ok.did).toBeUndefined()
  expect(bob.peers()).toMatchObject([{ name: met.ok.name }])
  const mine = new Shelf()
  expect(await bob.fetch(root.ok, mine)).toHaveProperty('ok')
  const file = await readFile(root.ok, cid => mine.block(cid))
  expect(file).toHaveProperty('ok')
  // It has blocks and nothing else.
  expect(await bob.request(met.ok.name, { type: 'container', bytes: new Uint8Array(1) })).toMatchObject({
    error: { name: 'Unreachable', sent: false },
  })
  await bob.close()
})
