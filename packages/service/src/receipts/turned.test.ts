import { nameOf, type CID } from '@ipvm/ipld'
import { writeContents } from '@ipvm/network'
import { bob, carol } from '@ipvm/testing'
import { issueReceipt, noNonce, taskName, type ReceiptFields } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { aliceAsks, bobLets, bobsService, bodyOf, outsIn } from '../stories/bob.test-fixture.ts'

const wait = 60_000

/** Carol, whom Bob trusts, says how a task of his ended that she never had. */
function carolSays(ran: CID, fields: Partial<ReceiptFields>) {
  return issueReceipt({ ran, out: { ok: 'done' }, exp: null, ...fields }, carol)
}

test.each<[lie: string, (task: CID) => Partial<ReceiptFields>]>([
  ['under what the effects of this node are found', () => ({ profile: '' })],
  ['under that and another name', task => ({ profile: '', ran: nameOf('another'), as: task })],
  ['under what its secret effects are found', () => ({ profile: ' sealed' })],
  ['under the profile of its functions', () => ({ profile: 'test/1' })],
])('an executor that is trusted does not settle what is this node’s to do: %s', async (_, lie) => {
  const { asked, seen, service, store, runtime } = bobsService()
  await store.commit({ trusted: [carol.did] })
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/post', { value: 'sent' }, [proof])
  const { bytes } = await carolSays(invocation.task, lie(invocation.task))
  const checked = await service.receipts.acceptance.check(bytes)
  if ('ok' in checked) await service.receipts.acceptance.keep(checked.ok, { from: carol.did, valueBytesMax: 0 })
  expect(await outsIn(await asked(await bodyOf([invocation, proof]), { wait }))).toEqual([1])
  expect(seen).toEqual(['sent'])
  await runtime.close()
})

test('nor does it do so by bringing its receipt to be written', async () => {
  const { asked, seen, store, runtime } = bobsService()
  await store.commit({ trusted: [carol.did] })
  const proofs = [await bobLets('/test'), await bobLets('/receipt/write')]
  const [first, second] = proofs
  const invocation = await aliceAsks('/test/post', { value: 'sent' }, first ? [first] : [])
  const { bytes } = await carolSays(invocation.task, { profile: '' })
  const write = await aliceAsks('/receipt/write', {}, second ? [second] : [])
  const tokens = [write, ...proofs].map(({ envelope }) => envelope.bytes)
  await asked(await writeContents([...tokens, bytes]))
  expect(await outsIn(await asked(await bodyOf([invocation, ...proofs]), { wait }))).toEqual([1])
  expect(seen).toEqual(['sent'])
  await runtime.close()
})

test('nor does it say how a task ended that another workflow awaits, and that is this node’s', async () => {
  const { asked, service, store, runtime } = bobsService()
  await store.commit({ trusted: [carol.did] })
  const proofs = [await bobLets('/test'), await bobLets('/receipt/read')]
  const [first] = proofs
  const posted = await aliceAsks('/test/post', { value: 'sent' }, first ? [first] : [])
  expect(await outsIn(await asked(await bodyOf([posted, ...proofs]), { wait }))).toEqual([1])
  const { bytes } = await carolSays(posted.task, { profile: 'test/1', out: { ok: 'a lie' } })
  const checked = await service.receipts.acceptance.check(bytes)
  if ('ok' in checked) await service.receipts.acceptance.keep(checked.ok, { from: carol.did, valueBytesMax: 0 })
  const echo = await aliceAsks('/test/echo', { value: { 'await/ok': posted.task } }, first ? [first] : [])
  expect(await outsIn(await asked(await bodyOf([echo, ...proofs]), { wait }))).toEqual([1])
  await runtime.close()
})

test('nor what the world is asked: an answer that is reused is one that this node got', async () => {
  const { asked, seen, store, service, runtime } = bobsService()
  await store.commit({ trusted: [carol.did] })
  const proof = await bobLets('/test')
  const question = { sub: bob.did, cmd: '/test/ask', args: { value: 'weather' }, nonce: noNonce } as const
  const { bytes } = await carolSays(taskName(question), { profile: 'query' })
  const checked = await service.receipts.acceptance.check(bytes)
  if ('ok' in checked) await service.receipts.acceptance.keep(checked.ok, { from: carol.did, valueBytesMax: 0 })
  const meta = { 'ipvm/config': { reuse: [1, 'hours'] } }
  const invocation = await aliceAsks('/test/ask', question.args, [proof], { meta })
  expect(await outsIn(await asked(await bodyOf([invocation, proof]), { wait }))).toEqual([1])
  expect(seen).toEqual(['weather'])
  await runtime.close()
})
