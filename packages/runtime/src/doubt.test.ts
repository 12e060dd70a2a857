import { randomBytes } from 'node:crypto'
import { delegate, invoke, revoke } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob } from '@ipvm/testing'
import { compile, workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, good, lost, refused, type Attempt } from './node.test-fixture.ts'

/** Alice has something sent, and Bob takes back what he gave her before anybody knows whether it was. */
async function revokedMeanwhile(cmd: `/${string}`, attempts: readonly Attempt[]) {
  const store = openMemoryStore()
  const before = bobsEffects(store)
  before.attempts.set(1, [...attempts])
  const all = await delegate({ aud: alice.did, sub: bob.did, cmd: '/', nonce: randomBytes(12), exp: null }, bob)
  const config = { retry: { backoff: [1, 'hours'] as const } }
  const { document } = good(
    await compile(workflow('hers', ({ task }) => void task('send', { cmd, args: { value: 1 } }, { config }))),
  )
  await store.commit({ blocks: [document, all.envelope] })
  const args = { workflow: document.cid }
  const fields = { sub: bob.did, cmd: '/workflow/run', args, prf: [all.envelope.cid], exp: null } as const
  const run = good(await before.runtime.accept(await invoke({ ...fields, nonce: randomBytes(12) }, alice)))
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

test('one that was surely not done fails', async () => {
  const { ended, seen } = await revokedMeanwhile('/test/put', [refused])
  expect(ended.end).toBe('failed')
  expect(seen).toEqual([])
})
