import { compile, workflow } from '@ipvm/workflow'
import { invoke } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import { bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { bobsNode, sums } from './arithmetic.test-fixture.ts'
import { good } from './node.test-fixture.ts'
import type { RunEvent } from './index.ts'

test('a chain of promises gives the value of its last task', async () => {
  const { run } = bobsNode()
  const ended = await run(sums('sum', 1, 2, 3))
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('step2')?.receipt.out).toEqual({ ok: 6 })
})

test('a failure fails what awaits its ok, and nothing else', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('partial', ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('after', { cmd: '/test/add', args: { a: broken, b: 1 } })
      task('apart', { cmd: '/test/add', args: { a: 1, b: 1 } })
    }),
  )
  expect(ended.end).toBe('failed')
  expect(ended.tasks.get('broken')?.how).toBe('failed')
  expect(ended.tasks.get('after')?.how).toBe('skipped')
  expect(ended.tasks.get('after')?.receipt.out).toMatchObject({
    error: { name: 'BranchMismatch', expected: 'ok', got: 'error', from: ended.tasks.get('broken')?.receipt.cid },
  })
  expect(ended.tasks.get('apart')?.how).toBe('ran')
})

test('a failure that a task awaits is handled, and the branch not taken is skipped', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('handled', ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('handler', { cmd: '/test/echo', args: { value: broken.error } })
      task('either', { cmd: '/test/echo', args: { value: [broken.settled] } })
      const fine = task('fine', { cmd: '/test/add', args: { a: 1, b: 1 } })
      task('unneeded', { cmd: '/test/echo', args: { value: fine.error } })
    }),
  )
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('handler')?.receipt.out).toMatchObject({ ok: { name: 'Trap' } })
  expect(ended.tasks.get('either')?.receipt.out).toMatchObject({ ok: [{ error: { name: 'Trap' } }] })
  expect(ended.tasks.get('unneeded')?.how).toBe('skipped')
})

test('cancelling ends the run, keeps what was done, and running it again goes on from there', async () => {
  const { submit, run, ran } = bobsNode()
  const stop = new AbortController()
  const draft = sums('long', 1, 2, 3, 4)
  const pending = submit(draft, bob, stop.signal)
  while (ran.length < 2) await new Promise(resolve => setImmediate(resolve))
  stop.abort()
  expect(await pending).toMatchObject({ result: { ok: { end: 'cancelled' } } })
  const done = ran.length
  const again = await run(draft)
  expect(again.end).toBe('ok')
  expect(ran.length - done).toBeLessThan(4)
})

test('a limit that is not enforced is refused before anything runs', async () => {
  const { submit, ran } = bobsNode()
  const draft = workflow('fast', ({ task }) => void task('x', { cmd: '/test/add', args: { a: 1, b: 1 } }), {
    config: { speed: 5 },
  })
  expect((await submit(draft)).result).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'config.speed' } })
  expect(ran).toEqual([])
})

test('the order of tasks in a document does not change its name', async () => {
  const b = { cmd: '/test/add', args: { a: 1, b: 2 } }
  const a = { cmd: '/test/add', args: { a: { 'await/ok': 'b' }, b: 2 } }
  const one = good(await compile({ 'ipvm/workflow@1': { tasks: { a, b } } }))
  const two = good(await compile({ 'ipvm/workflow@1': { tasks: { b, a } } }))
  expect(one.document.cid.toString()).toBe(two.document.cid.toString())
})

test('the same invocation twice at once runs once, and another run beside it goes on', async () => {
  const { runtime, store, submit } = bobsNode()
  const { document } = good(await compile(sums('twin', 7, 8)))
  await store.commit({ blocks: [document] })
  const args = { workflow: document.cid }
  const twin = await invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce: randomBytes(12), exp: null }, bob)
  const [one, two, other] = await Promise.all([runtime.submit(twin), runtime.submit(twin), submit(sums('other', 9))])
  expect([one, two]).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ name: 'Replayed' }) }))
  expect([one, two]).toContainEqual(expect.objectContaining({ ok: expect.objectContaining({ end: 'ok' }) }))
  expect(other.result).toMatchObject({ ok: { end: 'ok' } })
})

test('where the journal cannot be written, the run stops and tells of nothing', async () => {
  const store = openMemoryStore()
  const fault = Object.assign(new Error('no disk space left'), { name: 'StoreFull' })
  const commit = async (change: Parameters<typeof store.commit>[0]) => {
    if (change.runStarted) throw fault
    await store.commit(change)
  }
  const { runtime, ran } = bobsNode({ ...store, commit })
  const { document } = good(await compile(sums('unlucky', ...Array.from({ length: 50 }, (_, i) => i))))
  await store.commit({ blocks: [document] })
  const args = { workflow: document.cid }
  const invocation = await invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce: randomBytes(12), exp: null }, bob)
  const events: RunEvent[] = []
  await expect(runtime.submit(invocation, { onEvent: event => events.push(event) })).rejects.toThrow('no disk space')
  expect(events).toEqual([])
  expect(ran.length).toBeLessThan(5)
})

test('tasks wait in line, and time spent waiting is not counted as theirs', async () => {
  const { run } = bobsNode()
  const many = workflow('many', ({ task }) => {
    for (let i = 0; i < 20; i++) task(`t${i}`, { cmd: '/test/add', args: { a: i, b: i } })
  })
  expect((await run(many)).end).toBe('ok')
})

test('a label and an argument named __proto__ are like any other', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('proto', ({ task }) => {
      const odd = task('__proto__', { cmd: '/test/add', args: { a: 1, b: 2 } })
      task('next', {
        cmd: '/test/echo',
        args: Object.fromEntries([
          ['__proto__', { x: 1 }],
          ['value', odd],
        ]),
      })
    }),
  )
  expect(ended.tasks.get('__proto__')?.receipt.out).toEqual({ ok: 3 })
  expect(ended.tasks.get('next')?.receipt.out).toEqual({ ok: 3 })
})
