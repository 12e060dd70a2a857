import { alice, bob } from '@ipvm/testing'
import { invoke } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { peerRecordSecondsMax } from './limits.ts'
import { assertPeer, readPeerRecord } from './peer-record.ts'

const now = 1_767_225_600
const address = 'https://bob.example/'

test('an agent is where both say so', async () => {
  const record = await assertPeer([address, 'https://other.example/'], now + 3600, bob)
  expect(await readPeerRecord(record.bytes, { now, address })).toMatchObject({ ok: { did: bob.did } })
  const elsewhere = await readPeerRecord(record.bytes, { now, address: 'https://mallory.example/' })
  expect(elsewhere).toMatchObject({ error: { name: 'InvalidPeerRecord', message: expect.stringContaining('mallory') } })
})

test.each([
  ['one that has expired', now - 100, 'expired'],
  ['one for ever', now + peerRecordSecondsMax + 1000, 'too long'],
])('%s does not count', async (_what, exp, problem) => {
  const { bytes } = await assertPeer([address], exp, bob)
  expect(await readPeerRecord(bytes, { now, address })).toMatchObject({
    error: { message: expect.stringContaining(problem) },
  })
})

test("nobody's bytes but the agent's own are taken", async () => {
  const args = { addresses: [address] }
  const fields = { sub: bob.did, cmd: '/peer/assert' as const, args, nonce: new Uint8Array(0), exp: now + 60 }
  const { envelope } = await invoke(fields, alice)
  expect(await readPeerRecord(envelope.bytes, { now, address })).toHaveProperty('error')
  const { bytes } = await assertPeer([address], now + 60, bob)
  for (let at = 0; at < bytes.length; at += 7) {
    const broken = bytes.slice()
    broken[at] = (broken[at] ?? 0) ^ 1
    expect(await readPeerRecord(broken, { now, address })).toHaveProperty('error')
  }
})
