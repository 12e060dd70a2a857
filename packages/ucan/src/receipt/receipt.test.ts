import { nameOf } from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { invoke, issueReceipt, readReceipt, receiptCommand, resolvedName } from '../index.ts'

const task = nameOf({ task: 1 })
const fields = { ran: task, out: { ok: 42 }, profile: 'ipvm/0', exp: null }

test('a receipt reads back, signed by its executor', async () => {
  const receipt = await issueReceipt({ ...fields, as: nameOf({ task: 2 }), from: [nameOf('earlier')] }, bob)
  const read = await readReceipt(receipt.bytes)
  expect(read).toMatchObject({ ok: { iss: bob.did, out: { ok: 42 }, profile: 'ipvm/0', exp: null } })
  expect('ok' in read && resolvedName(read.ok).toString()).toBe(nameOf({ task: 2 }).toString())
})

test('the same result of the same executor is the same receipt, byte for byte', async () => {
  const { cid } = await issueReceipt(fields, bob)
  expect((await issueReceipt(fields, bob)).cid.toString()).toBe(cid.toString())
  expect(cid.toString()).toMatchInlineSnapshot(`"bafyreif4jgnhuqzhn2w2cn3d27ws2i6lfy4fcqgrt2topnoiuoectxf6ri"`)
})

test('an outcome is one of ok and error, and an error has a name and a message', async () => {
  const args = (out: object) => ({ ran: task, out: { ...out } })
  const receipt = async (out: object) => {
    const { envelope } = await invoke(
      { sub: bob.did, cmd: receiptCommand, args: args(out), nonce: new Uint8Array(0), exp: null },
      bob,
    )
    return readReceipt(envelope.bytes)
  }
  expect(await receipt({ error: { name: 'Trap', message: 'unreachable' } })).toHaveProperty('ok')
  for (const out of [{}, { ok: 1, error: { name: 'a', message: 'b' } }, { error: 'bad' }, { error: { name: 'x' } }]) {
    expect(await receipt(out)).toMatchObject({ error: { name: 'InvalidClaim', field: 'out' } })
  }
})

test('nobody can speak for another executor', async () => {
  const args = { ran: task, out: { ok: 1 } }
  const lie = await invoke({ sub: bob.did, cmd: receiptCommand, args, nonce: new Uint8Array(0), exp: null }, alice)
  expect(await readReceipt(lie.envelope.bytes)).toMatchObject({ error: { name: 'InvalidClaim', field: 'sub' } })
})
