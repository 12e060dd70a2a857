import { randomBytes } from 'node:crypto'
import { delegate, invoke, revoke, type Delegation } from '@ipvm/ucan'
import type { Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob } from '@ipvm/testing'
import { compile, workflow, type CommandCall } from '@ipvm/workflow'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { defineEffect, type Runtime } from '../index.ts'
import { bobsEffects, good, lost, refused, type Attempt } from '../node.test-fixture.ts'

function aliceMayAll() {
  return delegate({ aud: alice.did, sub: bob.did, cmd: '/', nonce: randomBytes(12), exp: null }, bob)
}

/** Alice's run of one task. */
async function submitted(
  runtime: Runtime,
  store: Store,
  all: Delegation,
  task: CommandCall,
  backoff: readonly [number, 'hours' | 'milliseconds'],
) {
  const draft = workflow('hers', ({ task: add }) => void add('send', task, { config: { retry: { backoff } } }))
  const { document } = good(await compile(draft))
  await store.commit({ blocks: [document, all.envelope] })
  const args = { workflow: document.cid }
  const fields = { sub: bob.did, cmd: '/workflow/run', args, prf: [all.envelope.cid], exp: null } as const
  return good(await runtime.accept(await invoke({ ...fields, nonce: randomBytes(12) }, alice)))
}

/** Alice has something sent, and Bob takes back what he gave her before anybody knows whether it was. */
async function revokedMeanwhile(cmd: `/${string}`, attempts: readonly Attempt[]) {
  const store = openMemoryStore()
  const before = bobsEffects(store)
  before.attempts.set(1, [...attempts])
  const all = await aliceMayAll()
  const run = await submitted(before.runtime, store, all, { cmd, args: { value: 1 } }, [1, 'hours'])
  for await (const { type } of before.runtime.follow(run)) if (type === 'unknown' || type === 'retrying') break
  await before.runtime.close()
  await store.commit({ revocations: [await revoke(all, bob)] })
  const { runtime, seen } = bobsEffects(store)
  good(await runtime.open())
  good(await runtime.request(run, { type: 'resume' }))
  return { run, runtime, seen, ended: await runtime.ended(run), intents: () => store.intents() }
}

test('a mutation that may have been done did not fail, though it may not be asked for any more', async () => {
  const { run, runtime, seen, ended, intents } = await revokedMeanwhile('/test/post', [lost])
  expect(ended.end).toBe('unknown')
  expect(await intents()).toHaveLength(1)
  good(await runtime.request(run, { type: 'settle', label: 'send', out: { ok: 'I looked' } }))
  expect((await runtime.ended(run)).end).toBe('ok')
  expect(seen).toEqual([])
})

test('nor did one that would be sent again under its key; what it is not sent for is told', async () => {
  const { ended, runtime, run, seen } = await revokedMeanwhile('/test/put', [lost])
  expect(ended.end).toBe('unknown')
  const { tasks } = good(await runtime.status(run))
  expect(tasks).toMatchObject([{ state: 'unknown', cause: { name: 'Revoked' } }])
  expect(seen).toEqual([])
  good(await runtime.request(run, { type: 'retry', label: 'send' }))
  expect((await runtime.ended(run)).end).toBe('failed')
})

/** One task, which is sent again at once, three times in all. */
const sent = workflow('sent', ({ task }) => void task('send', { cmd: '/test/put', args: { value: 1 } }), {
  config: { retry: { max: 3, backoff: [1, 'milliseconds'] } },
})

test.each([
  ['every answer was lost', [lost, lost, lost]],
  ['one was, and then it was refused for the moment', [lost, refused, refused]],
])('one that is sent again as often as it may be is in doubt where %s', async (_, attempts) => {
  const node = bobsEffects()
  node.attempts.set(1, [...attempts])
  const { run, end } = good((await node.submit(sent)).result)
  expect(end).toBe('unknown')
  const { tasks } = good(await node.runtime.status(run))
  expect(tasks).toMatchObject([{ state: 'unknown', cause: { name: 'RetriesExhausted' } }])
  expect(await node.store.intents()).toHaveLength(1)
  good(await node.runtime.request(run, { type: 'retry', label: 'send' }))
  expect((await node.runtime.ended(run)).end).toBe('ok')
  expect(node.seen).toHaveLength(4)
  expect(new Set(node.seen.map(({ key }) => key)).size).toBe(1)
  expect(await node.store.intents()).toEqual([])
})

test('it fails where it was refused each time', async () => {
  const node = bobsEffects()
  node.attempts.set(1, [refused, refused, refused])
  expect((await node.run(sent)).end).toBe('failed')
  expect(await node.store.intents()).toEqual([])
})

test('that it may not be sent any more, once its answer was lost, is no failure either', async () => {
  const store = openMemoryStore()
  const all = await aliceMayAll()
  let times = 0
  const revoking = defineEffect({
    ...{ cmd: '/test/revoking', class: 'mutation', idempotent: true, args: v.strictObject({}) },
    run: async () => {
      times += 1
      await store.commit({ revocations: [await revoke(all, bob)] })
      return { error: { name: 'Lost', message: 'no answer came' }, verdict: 'unknown' }
    },
  })
  const { runtime } = bobsEffects(store, [revoking])
  const run = await submitted(runtime, store, all, { cmd: '/test/revoking', args: {} }, [1, 'milliseconds'])
  expect((await runtime.ended(run)).end).toBe('unknown')
  expect(times).toBe(1)
})

test('one that was surely not done fails', async () => {
  const { ended, seen } = await revokedMeanwhile('/test/put', [refused])
  expect(ended.end).toBe('failed')
  expect(seen).toEqual([])
})
