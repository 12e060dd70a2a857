import { nameOf } from '@ipvm/ipld'
import { alice } from '@ipvm/testing'
import { invoke, revokeCommand, revokeName } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { bobsService, bodyOf, good, refusedAs } from '../stories/bob.test-fixture.ts'
import { revocationBytesMax } from './limits.ts'
import { writeIslandMessage } from './message.ts'

async function revocations(count: number, from = 0): Promise<readonly Uint8Array[]> {
  const all = Array.from({ length: count }, (_, n) => revokeName(nameOf(from + n), alice))
  return (await Promise.all(all)).map(({ bytes }) => bytes)
}

const brings = (tokens: readonly Uint8Array[]) => ({
  type: 'reconcile' as const,
  bytes: writeIslandMessage({ kind: 'bring', set: 'revocations', tokens }),
})

test('a stranger brings no more revocations than its share, and who is elsewhere brings theirs', async () => {
  const { asked, store, world, runtime } = bobsService({ admission: { unproven: { perSecond: 1, burst: 20 } } })
  good(await asked(brings(await revocations(20))))
  const more = brings(await revocations(1, 100))
  expect(refusedAs(await asked(more))).toBe('Busy')
  expect(await store.listRevocations()).toHaveLength(20)
  good(await asked(more, { from: { name: 'http:198.51.100.7', addresses: [] } }))
  world.time += 1
  good(await asked(brings(await revocations(1, 200))))
  expect(await store.listRevocations()).toHaveLength(22)
  await runtime.close()
})

test('whoever sends messages of reconciliations without end is told to wait', async () => {
  const { asked, runtime } = bobsService({ admission: { open: { perSecond: 1, burst: 3 } } })
  const message = brings([])
  for (const _ of [1, 2, 3]) good(await asked(message))
  expect(refusedAs(await asked(message))).toBe('Busy')
  await runtime.close()
})

test('a revocation is small: what is hidden in a large one is not kept, whichever way it comes', async () => {
  const { asked, store, runtime } = bobsService()
  const fields = { sub: alice.did, cmd: revokeCommand, args: { revoke: nameOf(1) }, exp: null } as const
  const meta = { hidden: new Uint8Array(revocationBytesMax) }
  const large = await invoke({ ...fields, nonce: new Uint8Array(0), meta }, alice)
  good(await asked(brings([large.envelope.bytes])))
  expect(refusedAs(await asked(await bodyOf([large])))).toBe('MalformedArguments')
  expect(await store.listRevocations()).toEqual([])
  await runtime.close()
})
