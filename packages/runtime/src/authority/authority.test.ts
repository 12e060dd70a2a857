import { compile, workflow } from '@ipvm/workflow'
import { delegate, invoke, revoke } from '@ipvm/ucan'
import { alice, bob } from '@ipvm/testing'
import type { CID, Value } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { bobsNode, sums } from '../arithmetic.test-fixture.ts'
import { good, bobsEffects, refused } from '../node.test-fixture.ts'

test('a stranger is refused, and so is the same invocation a second time', async () => {
  const { submit, runtime } = bobsNode()
  const refused = await submit(sums('hers', 1), alice)
  expect(refused.result).toMatchObject({ error: { name: 'InvalidAudience' } })
  const { invocation } = await submit(sums('his', 1))
  expect(await runtime.submit(invocation)).toMatchObject({ error: { name: 'Replayed' } })
})

test('Alice may have done what Bob gave her, on his terms, until he takes it back', async () => {
  const { store, runtime, ran } = bobsNode()
  const give = (cmd: `/${string}`, pol: Value[] = []) =>
    delegate({ aud: alice.did, sub: bob.did, cmd, pol, nonce: randomBytes(12), exp: null }, bob)
  const toRun = await give('/workflow/run')
  const small = await give('/test/add', [['<', '.b', 10]])
  await store.commit({ blocks: [toRun.envelope, small.envelope] })
  const asks = async (draft: Value) => {
    const { document } = good(await compile(draft))
    await store.commit({ blocks: [document] })
    const args = { workflow: document.cid }
    const prf = [toRun.envelope.cid]
    const fields = { sub: bob.did, cmd: '/workflow/run', args, prf, nonce: randomBytes(12), exp: null } as const
    return runtime.submit(await invoke(fields, alice), { delegations: [small] })
  }
  expect(await asks(sums('hers', 1, 2))).toMatchObject({ ok: { end: 'ok' } })
  expect(await asks(sums('too large', 1, 20))).toMatchObject({
    error: {
      name: 'MatchError',
      message: expect.stringContaining('tasks.step1'),
      statement: expect.stringContaining('.b'),
    },
  })
  const fails = workflow('not given', ({ task }) => void task('x', { cmd: '/test/fail', args: {} }))
  expect(await asks(fails)).toMatchObject({ error: { name: 'InvalidClaim' } })
  // What the promise gives is known only later; so is that it is too large.
  const done = ran.length
  const later = await asks(
    workflow('later', ({ task }) => {
      const sum = task('sum', { cmd: '/test/add', args: { a: 6, b: 6 } })
      task('next', { cmd: '/test/add', args: { a: 1, b: sum } })
    }),
  )
  expect(later).toMatchObject({ ok: { end: 'failed' } })
  const next = 'ok' in later ? later.ok.tasks.get('next')?.receipt : undefined
  expect(next?.out).toMatchObject({ error: { name: 'MatchError' } })
  expect(ran.length - done).toBe(1)
  await store.commit({ revocations: [await revoke(small, bob)] })
  expect(await asks(sums('hers', 3))).toMatchObject({ error: { name: 'Revoked' } })
})

test('who may have a task done may not thereby run workflows, nor read what others had done', async () => {
  const { store, runtime, run } = bobsNode()
  const give = (cmd: `/${string}`) =>
    delegate({ aud: alice.did, sub: bob.did, cmd, nonce: randomBytes(12), exp: null }, bob)
  const [echo, toRun, toRead] = [await give('/test/echo'), await give('/workflow/run'), await give('/receipt/read')]
  const secret = (await run(sums('secret', 40, 2))).tasks.get('step1')?.task ?? null
  const peek = workflow(
    'peek',
    ({ task }) => void task('x', { cmd: '/test/echo', args: { value: { 'await/ok': secret } } }),
    { config: { wait: [20, 'milliseconds'] } },
  )
  const { document } = good(await compile(peek))
  await store.commit({ blocks: [document, toRun.envelope] })
  const asks = async (sub: typeof bob.did, prf: CID[], delegations = [echo]) => {
    const args = { workflow: document.cid }
    const fields = { sub, aud: bob.did, cmd: '/workflow/run', args, prf, nonce: randomBytes(12), exp: null } as const
    return runtime.submit(await invoke(fields, alice), { delegations })
  }
  expect(await asks(alice.did, [])).toMatchObject({ error: { name: 'InvalidSubject' } })
  const blind = good(await asks(bob.did, [toRun.envelope.cid]))
  expect(blind.tasks.get('x')?.receipt.out).toMatchObject({ error: { name: 'UnknownTask' } })
  const allowed = good(await asks(bob.did, [toRun.envelope.cid], [echo, toRead]))
  expect(allowed.tasks.get('x')?.receipt.out).toEqual({ ok: 42 })
})

test('a delegation that was taken back does not stand in the way of another', async () => {
  const { store, runtime } = bobsNode()
  const give = () => delegate({ aud: alice.did, sub: bob.did, cmd: '/', nonce: randomBytes(12), exp: null }, bob)
  const [old, fresh] = [await give(), await give()]
  const { document } = good(await compile(sums('hers', 1)))
  await store.commit({ blocks: [document, fresh.envelope], revocations: [await revoke(old, bob)] })
  for (const delegations of [
    [old, fresh],
    [fresh, old],
  ]) {
    const fields = { sub: bob.did, cmd: '/workflow/run', args: { workflow: document.cid }, exp: null } as const
    const asked = await invoke({ ...fields, prf: [fresh.envelope.cid], nonce: randomBytes(12) }, alice)
    expect(await runtime.submit(asked, { delegations })).toMatchObject({ ok: { end: 'ok' } })
  }
})

test.each(['/test/ask', '/test/put'] as const)(
  'what was taken back between two attempts of %s is not tried again',
  async cmd => {
    const { runtime, store, attempts, seen } = bobsEffects()
    attempts.set(1, [refused, refused])
    const give = (what: `/${string}`) =>
      delegate({ aud: alice.did, sub: bob.did, cmd: what, pol: [], nonce: randomBytes(12), exp: null }, bob)
    const [toRun, toDo] = [await give('/workflow/run'), await give(cmd)]
    const draft = workflow('hers', ({ task }) => void task('do', { cmd, args: { value: 1 } }), {
      config: { retry: { backoff: [100, 'milliseconds'] } },
    })
    const { document } = good(await compile(draft))
    await store.commit({ blocks: [document, toRun.envelope] })
    const fields = { sub: bob.did, cmd: '/workflow/run', prf: [toRun.envelope.cid], exp: null } as const
    const args = { workflow: document.cid }
    const ended = runtime.submit(await invoke({ ...fields, args, nonce: randomBytes(12) }, alice), {
      delegations: [toDo],
    })
    while (seen.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
    await store.commit({ revocations: [await revoke(toDo, bob)] })
    expect(good(await ended).tasks.get('do')?.receipt.out).toMatchObject({ error: { name: 'Revoked' } })
    expect(seen).toHaveLength(1)
  },
)
