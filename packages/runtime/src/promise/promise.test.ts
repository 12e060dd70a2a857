import { workflow } from '@ipvm/workflow'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice } from '@ipvm/testing'
import type { Value } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import type { Store } from '@ipvm/store'
import { bobsNode, sums } from '../arithmetic.test-fixture.ts'
import { good, bobsEffects, revealed, type TaskHandle } from '../node.test-fixture.ts'
import { runOf } from '../submission/accept.ts'

test('a promise of a task of another workflow is settled by its receipt; of one that never ran, it fails by name', async () => {
  const { run } = bobsNode()
  const first = await run(sums('first', 20, 22))
  const known = first.tasks.get('step1')?.task
  const awaiting = (target: Value) =>
    workflow(
      'later',
      ({ task }) => void task('next', { cmd: '/test/add', args: { a: { 'await/ok': target }, b: 1 } }),
      {
        config: { wait: [20, 'milliseconds'] },
      },
    )
  const later = await run(awaiting(known ?? null))
  expect(later.tasks.get('next')?.receipt.out).toEqual({ ok: 43 })
  const unknown = await run(awaiting(first.workflow))
  expect(unknown.tasks.get('next')?.receipt.out).toMatchObject({ error: { name: 'UnknownTask' } })
})

test('a promise may name a task by another spelling of it; a task of another agent is refused', async () => {
  const { store, run, submit } = bobsNode()
  const first = await run(sums('plain', 40, 2))
  const alias = first.workflow
  const name = first.tasks.get('step1')?.task
  if (!name) throw new Error('the task has a name')
  await store.commit({ aliases: [[alias, name]] })
  const promised = { a: { 'await/ok': alias }, b: 1 }
  const ended = await run(workflow('by alias', ({ task }) => void task('next', { cmd: '/test/add', args: promised })))
  expect(ended.tasks.get('next')?.receipt.out).toEqual({ ok: 43 })
  const hers = workflow('hers', ({ task }) => void task('x', { cmd: '/test/add', args: {}, sub: alice.did }))
  expect((await submit(hers)).result).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'tasks.x.sub' } })
})

test('a promise of a task that nobody has submitted yet is settled when somebody does', async () => {
  const { run, submit } = bobsEffects()
  const early = workflow('early', ({ task }) => void task('x', { cmd: '/test/echo', args: { value: 42 } }))
  const first = await bobsEffects().run(early)
  const target = first.tasks.get('x')?.task ?? null
  const late = workflow('late', ({ task }) => {
    task('y', { cmd: '/test/echo', args: { value: { 'await/ok': target } } })
  })
  const waiting = submit(late)
  await new Promise(resolve => setTimeout(resolve, 20))
  await run(early)
  const { result, events } = await waiting
  expect(good(result).tasks.get('y')?.receipt.out).toEqual({ ok: 42 })
  expect(events.map(({ type }) => type)).toContain('waiting')
})

test('an answer that reads as a promise is put nowhere, and no result counts for who awaits what it names', async () => {
  const { run, attempts } = bobsEffects()
  const echo = (value: Value) =>
    workflow('echo', ({ task }) => void task('echo', { cmd: '/test/echo', args: { value } }))
  const { task: name } = (await run(echo('true'))).tasks.get('echo') ?? {}
  if (!name) throw new Error('it was run')
  attempts.set('evil', [{ ok: { 'await/ok': name } }, { ok: name }])
  for (const nest of [(asked: TaskHandle) => asked, (asked: TaskHandle) => ({ 'await/ok': asked })]) {
    const evil = await run(
      workflow('evil', ({ task }) => {
        const asked = task('ask', { cmd: '/test/ask', args: { value: 'evil' } })
        task('echo', { cmd: '/test/echo', args: { value: nest(asked) } })
      }),
    )
    expect(evil.tasks.get('echo')?.receipt.out).toMatchObject({ error: { name: 'PromiseInArguments' } })
  }
  const honest = await run(echo({ 'await/ok': name }))
  expect(honest.tasks.get('echo')?.receipt.out).toEqual({ ok: 'true' })
})

test('a secret of another workflow goes into no effect that takes none, and into nothing that would be open', async () => {
  const { run, seen, store } = bobsEffects()
  const echo = (value: Value, secret: boolean) =>
    workflow('echo', ({ task }) => void task('t', { cmd: '/test/echo', args: { value } }, { secret }))
  const { task: name } = (await run(echo('hush', true))).tasks.get('t') ?? {}
  if (!name) throw new Error('it was run')
  const hush = { 'await/ok': name }
  const posted = await run(
    workflow('post', ({ task }) => void task('t', { cmd: '/test/post', args: { value: hush } }, { secret: true })),
  )
  expect(seen).toEqual([])
  await run(echo([hush], true))
  // What is known by its name is no way around.
  const echoed = await run(echo([hush], false))
  for (const { tasks } of [posted, echoed]) {
    expect(tasks.get('t')?.receipt.out).toMatchObject({ error: { name: 'SecretLeak' } })
  }
  const kept = (await run(echo([hush], true))).tasks.get('t')
  expect(kept && (await revealed(store, kept.receipt))).toEqual({ ok: ['hush'] })
  expect(kept && (await store.isSecret(kept.receipt.cid))).toBe(true)
})

test('a run that is cancelled while it looks for one task of another workflow does not wait for the next', async () => {
  const base = openMemoryStore()
  let onLook = async () => {}
  const resultsFor: Store['resultsFor'] = async (name, profile) => {
    await onLook()
    return base.resultsFor(name, profile)
  }
  const { run, runtime, invocationOf } = bobsEffects({ ...base, resultsFor })
  const known = await run(workflow('known', ({ task }) => void task('t', { cmd: '/test/echo', args: { value: 1 } })))
  const name = known.tasks.get('t')?.task
  if (!name) throw new Error('it was run')
  const draft = workflow('awaits', ({ task }) => {
    task('t', { cmd: '/test/ask', args: { value: [{ 'await/ok': name }, { 'await/ok': known.workflow }] } })
  })
  const invocation = await invocationOf(draft)
  onLook = async () => void (await runtime.request(runOf(invocation), { type: 'cancel' }))
  expect(good(await runtime.submit(invocation)).end).toBe('cancelled')
})
