import { nameOf, type ValueMap } from '@ipvm/ipld'
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

test('what a run costs, and what it asks to be done next, reads back; what is no task is refused', async () => {
  const next = { cmd: '/mail/send', args: { to: 'carol' }, nonce: new Uint8Array(0) } as const
  const fx = { fork: [next, { ...next, sub: alice.did }], join: { ...next, cmd: '/done' } } as const
  const receipt = await issueReceipt({ ...fields, fx, gas: 12 }, bob)
  expect(await readReceipt(receipt.bytes)).toMatchObject({ ok: { fx, gas: 12 } })
  const made = async (args: ValueMap) => {
    const asserted = { sub: bob.did, cmd: receiptCommand, args: { ran: task, out: { ok: 1 }, ...args } }
    return readReceipt((await invoke({ ...asserted, nonce: new Uint8Array(0), exp: null }, bob)).envelope.bytes)
  }
  expect(await made({ fx: { fork: [] } })).toMatchObject({ ok: { fx: { fork: [] } } })
  expect(await made({ fx: {} })).toMatchObject({ error: { name: 'InvalidClaim', field: 'fork' } })
  expect(await made({ fx: { fork: [{ cmd: '/x' }] } })).toMatchObject({ error: { field: 'args' } })
  expect(await made({ fx: { fork: [1] } })).toMatchObject({ error: { field: 'task' } })
  expect(await made({ fx: { fork: [], join: { ...next, more: 1 } } })).toMatchObject({ error: { field: 'more' } })
  expect(await made({ gas: -1 })).toMatchObject({ error: { field: 'gas' } })
})
