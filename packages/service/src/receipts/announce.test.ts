import { alice, bob, carol, dave } from '@ipvm/testing'
import { delegate, invoke, revoke, writeContainer } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { doubled, doubling, namesIn, Town } from '../town.test-fixture.ts'
import { receiptsTopic, revocationsTopic } from './announce.ts'

test('what a node has computed is known to those who trust it, and to nobody else', async () => {
  const town = new Town()
  const a = await town.node(alice)
  const b = await town.node(bob, [alice])
  const c = await town.node(carol, [bob])
  const heard: string[] = []
  for (const { signer, network } of [b, c]) {
    network.subscribe(receiptsTopic, () => {
      heard.push(signer.did)
      return 'ignore'
    })
  }
  // Once those who may read receipts have shown that.
  await town.pass(6000)
  await town.until(a.double(1, 2))
  await town.pass(500)
  expect(await namesIn(b.store)).toEqual(await namesIn(a.store))
  expect(await namesIn(c.store)).toEqual([])
  expect(c.network.setAside()).toEqual([])
  expect(new Set(heard)).toEqual(new Set([bob.did]))
  await town.close()
})

test('what was there before is not announced when a node is opened', async () => {
  const town = new Town()
  const a = await town.node(alice, [], { isLoud: true })
  await town.until(a.double(1, 2))
  const told: number[] = []
  const c = await town.node(carol)
  c.network.subscribe(receiptsTopic, ({ bytes }) => {
    told.push(bytes.length)
    return 'ignore'
  })
  await town.until(a.double(3))
  await town.pass(500)
  expect(told).toHaveLength(1)
  await town.close()
})

test.each([
  ['no container', async () => Uint8Array.of(1), true],
  ['a forgery', async () => writeContainer([changed((await doubled(1, alice)).bytes)]), true],
  ['a receipt of somebody who is not trusted', async () => writeContainer([(await doubled(1, dave)).bytes]), false],
])('%s in the topic is not kept', async (_, message, isBlamed) => {
  const town = new Town()
  const b = await town.node(bob, [alice])
  const c = await town.node(carol, [], { isLoud: true })
  await c.network.publish(receiptsTopic, await message())
  await town.pass(500)
  expect(await namesIn(b.store)).toEqual([])
  expect(b.network.setAside().map(([name]) => name)).toEqual(isBlamed ? [carol.did] : [])
  await town.close()
})

test('a flood of receipts of strangers ends with the one who sends it', async () => {
  const town = new Town()
  const b = await town.node(bob, [alice])
  const c = await town.node(carol, [], { isLoud: true })
  const receipt = await doubled(1, dave)
  for (let n = 0; n < 5010; n++) {
    const container = await writeContainer([receipt.bytes, Uint8Array.of(n >> 8, n)])
    await c.network.publish(receiptsTopic, container)
  }
  await town.pass(500)
  expect(b.network.setAside().map(([name]) => name)).toEqual([carol.did])
  await town.close()
})

function changed(bytes: Uint8Array): Uint8Array {
  const other = bytes.slice()
  other[12] = (other[12] ?? 0) ^ 1
  return other
}

test('a revocation is known to all who are connected at once, whoever told of it', async () => {
  const town = new Town()
  const [a, b, c] = [await town.node(alice), await town.node(bob, [carol]), await town.node(carol)]
  const fields = { aud: dave.did, sub: alice.did, cmd: '/' as const, pol: [], nonce: new Uint8Array(12), exp: null }
  const delegation = await delegate(fields, alice)
  const revocation = await revoke(delegation, alice)
  // Somebody has put its bytes there as a block; that is no revocation.
  await b.store.commit({ blocks: [revocation] })
  await a.store.commit({ revocations: [revocation] })
  await town.until(a.receipts.revoked())
  await town.pass(100)
  for (const { store } of [b, c]) expect(await store.revokersOf(delegation.envelope.cid)).toEqual([alice.did])
  // Nobody tells it on and on.
  const told: unknown[] = []
  c.network.subscribe(revocationsTopic, () => {
    told.push(1)
    return 'ignore'
  })
  await town.until(Promise.all([b.receipts.revoked(), a.receipts.revoked()]))
  await town.pass(500)
  expect(told).toEqual([])
  await town.close()
})

test('what a node has only heard of it does not announce as its own', async () => {
  const town = new Town()
  const a = await town.node(alice, [], { isLoud: true })
  const b = await town.node(bob, [alice], { isLoud: true })
  await town.until(a.double(1))
  await town.pass(500)
  expect(await namesIn(b.store)).toHaveLength(1)
  const told: unknown[] = []
  a.network.subscribe(receiptsTopic, message => {
    told.push(message)
    return 'ignore'
  })
  await town.until(b.double(1))
  await town.pass(500)
  expect(told).toEqual([])
  await town.close()
})

test('a revocation that comes by a peer stops what rests on it, also in a run that goes on', async () => {
  const town = new Town()
  const a = await town.node(alice)
  const c = await town.node(carol)
  const fields = { aud: dave.did, sub: alice.did, pol: [], nonce: new Uint8Array(12), exp: null }
  const grant = await delegate({ ...fields, cmd: '/test' }, alice)
  const asking = await delegate({ ...fields, cmd: '/workflow/run' }, alice)
  const compiled = await compile(
    workflow('chain', ({ task }) => {
      const first = task('first', doubling(1))
      task('second', { cmd: '/test/double', args: { n: first } })
    }),
  )
  if ('error' in compiled) throw new Error(compiled.error.message)
  const { document, blocks } = compiled.ok
  await a.store.commit({ blocks: [document, ...blocks, asking.envelope, grant.envelope] })
  const prf = [asking.envelope.cid]
  const args = { workflow: document.cid }
  const invocation = await invoke(
    { sub: alice.did, cmd: '/workflow/run', args, prf, nonce: new Uint8Array(12), exp: null },
    dave,
  )
  a.pace = 5000
  const run = a.runtime.submit(invocation, { delegations: [grant, asking] })
  await town.pass(1000)
  expect(a.began).toEqual([1])
  await c.network.publish(revocationsTopic, await writeContainer([(await revoke(grant, alice)).bytes]))
  const ended = await town.until(run)
  if ('error' in ended) throw new Error(ended.error.message)
  const outs = [...ended.ok.tasks].map(([label, { receipt }]) => [
    label,
    'ok' in receipt.out ? 'ok' : receipt.out.error.name,
  ])
  expect(outs).toEqual([
    ['first', 'ok'],
    ['second', 'Revoked'],
  ])
  expect(a.began).toEqual([1])
  await town.close()
})
