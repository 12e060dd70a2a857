import { createServer } from 'node:http'
import { assertPeer } from '@ipvm/network'
import { alice, bob } from '@ipvm/testing'
import type { Signer } from '@ipvm/varsig'
import { afterAll, expect, test } from 'vitest'
import { realWorld } from '../world.ts'
import { PeerEgress } from './peer-egress.ts'

const closing: (() => void)[] = []
afterAll(() => {
  for (const close of closing) close()
})

/** A service of this machine, which shows the record of somebody, and is asked what it notes. */
async function service(who?: Signer) {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const isRecord = who && request.url?.endsWith('/.well-known/ipvm-peer')
    if (isRecord) response.end((await assertPeer([address], realWorld.now() + 60, who)).bytes)
    else response.end('done')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const at = server.address()
  const address = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}/`
  return { asked, address }
}

/** Posts to an address of which Alice says that she is there. */
function posting(address: string, written: readonly string[] = []) {
  const guard = new PeerEgress({})
  closing.push(() => guard.egress.close())
  const peer = { did: alice.did, addresses: [address], trusted: true, since: 0, delegations: [], given: [] }
  guard.allow(written, [peer])
  const init = { method: 'POST', headers: {}, body: Uint8Array.of(1), redirect: 'manual' } as const
  return async () => {
    const asked = guard.fetch(address, { ...init, signal: AbortSignal.timeout(10_000) })
    return asked.then(
      response => response.text(),
      (thrown: Error) => thrown.message,
    )
  }
}

test('where a peer says that it is and another service is, nothing is sent', async () => {
  for (const who of [undefined, bob]) {
    const { asked, address } = await service(who)
    const post = posting(address)
    expect(await post()).toContain('does not prove it')
    expect(await post()).toContain('nothing was sent')
    expect(new Set(asked)).toEqual(new Set(['GET /.well-known/ipvm-peer']))
  }
})

test('a peer that shows who it is where it says it is, is asked there, and shows it once', async () => {
  const { asked, address } = await service(alice)
  const post = posting(address)
  expect([await post(), await post()]).toEqual(['done', 'done'])
  expect(asked).toEqual(['GET /.well-known/ipvm-peer', 'POST /', 'POST /'])
})

test('what the owner has written needs no proof', async () => {
  const { asked, address } = await service()
  expect(await posting(address, [address])()).toBe('done')
  expect(asked).toEqual(['POST /'])
})
