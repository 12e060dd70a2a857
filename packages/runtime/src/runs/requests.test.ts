import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, denied, good, refused } from '../node.test-fixture.ts'

test('a run that was halted goes on in the next process, and what was done is not done again', async () => {
  const store = openMemoryStore()
  const one = bobsEffects(store)
  one.attempts.set('slow', [refused])
  const draft = workflow(
    'long',
    ({ task }) => {
      const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
      const posted = task('post', { cmd: '/test/post', args: { value: 'y', after: asked } })
      const slow = task('slow', { cmd: '/test/put', args: { value: 'slow', after: posted } })
      task('last', { cmd: '/test/echo', args: { value: [asked, slow] } })
    },
    { config: { retry: { backoff: [100, 'milliseconds'] } } },
  )
  const run = good(await one.runtime.accept(await one.invocationOf(draft)))
  while (one.seen.length < 3) await new Promise(resolve => setTimeout(resolve, 5))
  const halted = one.runtime.ended(run)
  await one.runtime.close()
  expect((await halted).end).toBe('halted')
  const two = bobsEffects(store)
  two.world.time += 1
  expect(good(await two.runtime.open())).toHaveLength(1)
  const ended = await two.runtime.ended(run)
  expect(ended.end).toBe('ok')
  expect(two.seen.map(({ value }) => value)).toEqual(['slow'])
  expect(two.seen[0]?.key).toBe(one.seen[2]?.key)
  expect(ended.tasks.get('last')?.receipt.out).toMatchObject({
    ok: [ended.tasks.get('ask')?.receipt.out['ok' as never], expect.anything()],
  })
})

test('a run is suspended, resumed and cancelled', async () => {
  const { runtime, invocationOf, attempts, seen } = bobsEffects()
  attempts.set('x', [refused, refused])
  const draft = workflow('long', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }), {
    config: { retry: { backoff: [50, 'milliseconds'] } },
  })
  const run = good(await runtime.accept(await invocationOf(draft)))
  while (seen.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  const first = runtime.ended(run)
  await runtime.request(run, { type: 'suspend' })
  expect((await first).end).toBe('suspended')
  const again = good(await runtime.resume(run))
  expect(again.end).toBe('ok')
  expect(await runtime.request(run, { type: 'cancel' })).toMatchObject({ error: { name: 'RunEnded' } })
})

test('a failed task is tried again on request, with all that awaits it and what was taken back', async () => {
  const { run, runtime, attempts, seen } = bobsEffects()
  attempts.set('x', [denied])
  const draft = workflow('again', ({ task }) => {
    const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
    task('post', { cmd: '/test/post', args: { value: asked } })
  })
  const failed = await run(draft)
  expect(failed.end).toBe('failed')
  expect(await runtime.request(failed.run, { type: 'retry', label: 'post' })).toEqual({ ok: {} })
  await runtime.ended(failed.run)
  expect(await runtime.request(failed.run, { type: 'retry', label: 'ask' })).toEqual({ ok: {} })
  expect((await runtime.ended(failed.run)).end).toBe('ok')
  expect(seen.map(({ cmd }) => cmd)).toEqual(['/test/ask', '/test/ask', '/test/post'])
  expect(await runtime.request(failed.run, { type: 'retry', label: 'ask' })).toMatchObject({
    error: { name: 'NothingToRetry' },
  })
})

test('a fork takes over what was settled, and does one task and what awaits it anew', async () => {
  const { run, runtime, invocationOf, seen } = bobsEffects()
  const draft = workflow('forked', ({ task }) => {
    const a = task('a', { cmd: '/test/ask', args: { value: 'a' } })
    const b = task('b', { cmd: '/test/ask', args: { value: 'b' } })
    task('sum', { cmd: '/test/echo', args: { value: [a, b] } })
  })
  const first = await run(draft)
  const invocation = await invocationOf(draft)
  const fork = good(await runtime.submit(invocation, { from: { run: first.run, label: 'b' } }))
  expect(fork.end).toBe('ok')
  expect(seen.map(({ value }) => value)).toEqual(['a', 'b', 'b'])
  expect(fork.tasks.get('a')?.receipt.cid).toEqual(first.tasks.get('a')?.receipt.cid)
  expect(fork.tasks.get('sum')?.receipt.cid).not.toEqual(first.tasks.get('sum')?.receipt.cid)
})

test('what was undone does not count any more: not for a retry, which is refused, nor for a fork, which does it anew', async () => {
  const { run, runtime, invocationOf, attempts, seen } = bobsEffects()
  attempts.set('pay', [denied])
  const draft = workflow('trip', ({ task }) => {
    const flight = task('flight', {
      cmd: '/test/post',
      args: { value: 'flight' },
      meta: { 'ipvm/compensate': 'no flight' },
    })
    task('pay', { cmd: '/test/post', args: { value: 'pay', after: flight } })
    task('no flight', { cmd: '/test/post', args: { value: 'no flight' } })
  })
  const failed = await run(draft)
  expect(failed.end).toBe('failed')
  expect(await runtime.request(failed.run, { type: 'retry', label: 'pay' })).toMatchObject({
    error: { name: 'NothingToRetry', message: expect.stringContaining('flight was undone') },
  })
  const fork = await runtime.submit(await invocationOf(draft), { from: { run: failed.run, label: 'pay' } })
  expect(good(fork).end).toBe('ok')
  expect(seen.map(({ value }) => value)).toEqual(['flight', 'pay', 'no flight', 'flight', 'pay'])
})

test('a fork from one of the labels of a query asks it anew', async () => {
  const { run, runtime, invocationOf, seen } = bobsEffects()
  const draft = workflow('asks', ({ task }) => {
    const first = task('a', { cmd: '/test/ask', args: { value: 1 } })
    task('b', { cmd: '/test/ask', args: { value: 1 } })
    task('echo', { cmd: '/test/echo', args: { value: first } })
  })
  const first = await run(draft)
  for (const label of ['a', 'b']) {
    const fork = good(await runtime.submit(await invocationOf(draft), { from: { run: first.run, label } }))
    expect(fork.tasks.get('echo')?.receipt.out).not.toEqual(first.tasks.get('echo')?.receipt.out)
  }
  expect(seen).toHaveLength(3)
})

test('a run that cannot go on, since its workflow is gone, is cancelled nevertheless', async () => {
  const base = openMemoryStore()
  const one = bobsEffects(base)
  one.attempts.set('x', [refused])
  const draft = workflow('gone', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }), {
    config: { retry: { backoff: [1, 'hours'] } },
  })
  const run = good(await one.runtime.accept(await one.invocationOf(draft)))
  while (one.seen.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  await one.runtime.close()
  const gone = (await base.run(run))?.workflow
  const two = bobsEffects({ ...base, block: async cid => (gone?.equals(cid) ? undefined : base.block(cid)) })
  expect(good(await two.runtime.open())).toEqual([])
  expect(await two.runtime.request(run, { type: 'resume' })).toMatchObject({ error: { name: 'DamagedRun' } })
  expect(await two.runtime.request(run, { type: 'cancel' })).toEqual({ ok: {} })
  expect((await two.runtime.ended(run)).end).toBe('cancelled')
})

test('a mutation that was asked for is not asked for again by a retry of what it awaits', async () => {
  const { run, runtime, attempts, seen } = bobsEffects()
  attempts.set('told', [denied])
  const draft = workflow('told', ({ task }) => {
    const broken = task('broken', { cmd: '/test/fail', args: {} })
    task('tell', { cmd: '/test/post', args: { value: 'told', after: broken.error } })
  })
  const failed = await run(draft)
  expect(failed.end).toBe('failed')
  expect(await runtime.request(failed.run, { type: 'retry', label: 'broken' })).toMatchObject({
    error: { name: 'NothingToRetry', message: expect.stringContaining('tell, which awaits broken') },
  })
  expect(await runtime.request(failed.run, { type: 'retry', label: 'tell' })).toEqual({ ok: {} })
  expect((await runtime.ended(failed.run)).end).toBe('ok')
  expect(seen).toHaveLength(2)
})

test('mutations that a retry brings wait until nothing before them can fail, as the first ones did', async () => {
  const { run, runtime, attempts, seen } = bobsEffects()
  attempts.set('asked', [denied])
  attempts.set('check', [denied])
  const draft = workflow('second', ({ task }) => {
    const asked = task('asked', { cmd: '/test/ask', args: { value: 'asked' } })
    task('sorry', { cmd: '/test/echo', args: { value: asked.error } })
    task('check', { cmd: '/test/ask', args: { value: 'check', after: asked } })
    task('thanks', { cmd: '/test/post', args: { value: 'thanks', after: asked } })
    task('free', { cmd: '/test/post', args: { value: 'free' } })
  })
  const sent = () => seen.filter(({ cmd }) => cmd === '/test/post').map(({ value }) => value)
  const first = await run(draft)
  expect(first.end).toBe('ok')
  expect(sent()).toEqual(['free'])
  expect(await runtime.request(first.run, { type: 'retry', label: 'asked' })).toEqual({ ok: {} })
  const second = await runtime.ended(first.run)
  expect(second.end).toBe('failed')
  expect(second.tasks.get('thanks')?.how).toBe('withdrawn')
  expect(sent()).toEqual(['free'])
  // Once that comes to a good end, too, they are released again.
  expect(await runtime.request(first.run, { type: 'retry', label: 'check' })).toEqual({ ok: {} })
  expect((await runtime.ended(first.run)).end).toBe('ok')
  expect(sent()).toEqual(['free', 'thanks'])
})

test('a mutation that a retry has done anew, of another outcome, waits for that, too', async () => {
  const { run, runtime, attempts, seen } = bobsEffects()
  attempts.set('asked', [denied])
  attempts.set('check', [denied])
  const draft = workflow('anew', ({ task }) => {
    const asked = task('asked', { cmd: '/test/ask', args: { value: 'asked' } })
    task('check', { cmd: '/test/ask', args: { value: 'check', after: asked } })
    task('tell', { cmd: '/test/post', args: { value: 'tell', after: asked.settled } })
  })
  const sent = () => seen.filter(({ cmd }) => cmd === '/test/post')
  const first = await run(draft)
  expect(first.tasks.get('tell')?.how).toBe('ran')
  expect(await runtime.request(first.run, { type: 'retry', label: 'asked' })).toEqual({ ok: {} })
  const second = await runtime.ended(first.run)
  expect(second.tasks.get('check')?.how).toBe('failed')
  expect(second.tasks.get('tell')?.how).toBe('withdrawn')
  expect(sent()).toHaveLength(1)
})
