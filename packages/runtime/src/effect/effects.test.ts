import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, denied, good, lost, quick, refused } from '../node.test-fixture.ts'

test('what is put twice by two labels is sent twice, under keys of their own; the next run sends it again', async () => {
  const { run, seen } = bobsEffects()
  const draft = workflow('puts', ({ task }) => {
    task('one', { cmd: '/test/put', args: { value: 1 } })
    task('two', { cmd: '/test/put', args: { value: 2 } })
    task('one again', { cmd: '/test/put', args: { value: 1 } })
  })
  expect((await run(draft)).end).toBe('ok')
  await run(draft)
  expect(seen.map(({ value }) => value).sort()).toEqual([1, 1, 1, 1, 2, 2])
  expect(new Set(seen.map(({ key }) => key)).size).toBe(6)
})

test('an explicit nonce is once ever', async () => {
  const { run, seen } = bobsEffects()
  const draft = workflow('once', ({ task }) => {
    task('x', { cmd: '/test/post', args: { value: 1 }, nonce: new Uint8Array([1, 2, 3]) })
  })
  const first = await run(draft)
  const second = await run(draft)
  expect(seen).toHaveLength(1)
  expect(second.tasks.get('x')?.how).toBe('reused')
  expect(second.tasks.get('x')?.receipt.cid).toEqual(first.tasks.get('x')?.receipt.cid)
})

test('a query asked under two labels is asked once in a run, and anew in the next', async () => {
  const { run, seen } = bobsEffects()
  const draft = workflow('asks', ({ task }) => {
    task('a', { cmd: '/test/ask', args: { value: 'x' } })
    task('b', { cmd: '/test/ask', args: { value: 'x' } })
  })
  await run(draft)
  expect(seen).toHaveLength(1)
  await run(draft)
  expect(seen).toHaveLength(2)
})

test('the answer of a query may be reused by those that say for how long', async () => {
  const { run, seen, world } = bobsEffects()
  const draft = workflow('asks', ({ task }) => void task('a', { cmd: '/test/ask', args: { value: 'x' } }), {
    config: { reuse: [1, 'minutes'] },
  })
  await run(draft)
  expect((await run(draft)).tasks.get('a')?.how).toBe('reused')
  expect(seen).toHaveLength(1)
  world.time += 120
  await run(draft)
  expect(seen).toHaveLength(2)
})

test('a failing workflow has sent nothing', async () => {
  const { run, seen } = bobsEffects()
  const draft = workflow('fails', ({ task }) => {
    const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
    task('post', { cmd: '/test/post', args: { value: asked } })
    task('put', { cmd: '/test/put', args: { value: 1 } })
    task('broken', { cmd: '/test/fail', args: {} })
  })
  const ended = await run(draft)
  expect(ended.end).toBe('failed')
  expect(seen.map(({ cmd }) => cmd)).toEqual(['/test/ask'])
  expect(ended.tasks.get('put')?.how).toBe('withdrawn')
  expect(ended.tasks.get('post')?.receipt.out).toMatchObject({ error: { name: 'Withdrawn', by: 'broken' } })
})

test('a failure that a branch handles withdraws nothing', async () => {
  const { run, seen } = bobsEffects()
  const draft = workflow('handled', ({ task }) => {
    const broken = task('broken', { cmd: '/test/fail', args: {} })
    const why = task('why', { cmd: '/test/echo', args: { value: broken.error } })
    task('tell', { cmd: '/test/post', args: { value: why } })
  })
  expect((await run(draft)).end).toBe('ok')
  expect(seen).toMatchObject([{ value: { name: 'Trap' } }])
})

test('queries and idempotent mutations are tried again, a mutation is not', async () => {
  const { run, seen, attempts } = bobsEffects()
  for (const value of ['query', 'put', 'post']) attempts.set(value, [refused, refused])
  const one = (cmd: `/${string}`, value: string) =>
    workflow(value, ({ task }) => void task('x', { cmd, args: { value } }), { config: quick })
  expect((await run(one('/test/ask', 'query'))).end).toBe('ok')
  expect((await run(one('/test/put', 'put'))).end).toBe('ok')
  const post = await run(one('/test/post', 'post'))
  expect(post.tasks.get('x')?.receipt.out).toMatchObject({ error: { name: 'Unavailable' } })
  const keys = (value: string) => seen.filter(came => came.value === value).map(({ key }) => key)
  expect(keys('query')).toHaveLength(3)
  expect(keys('put')).toHaveLength(3)
  expect(new Set(keys('put')).size).toBe(1)
  expect(keys('post')).toHaveLength(1)
})

test('what fails as often as it may says so, with the last failure', async () => {
  const { run, attempts, seen } = bobsEffects()
  attempts.set(
    'x',
    Array.from({ length: 9 }, () => refused),
  )
  const draft = workflow('tired', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }), {
    config: { retry: { max: 3, backoff: [1, 'milliseconds'] } },
  })
  const { out, exp } = (await run(draft)).tasks.get('x')?.receipt ?? {}
  expect(out).toMatchObject({ error: { name: 'RetriesExhausted', last: 'Unavailable', attempts: 3 } })
  expect(exp).not.toBeNull()
  expect(seen).toHaveLength(3)
})

test('a mutation whose answer is lost waits for a person, and is done once more only when one says so', async () => {
  const { submit, runtime, seen, attempts, store } = bobsEffects()
  attempts.set(1, [lost])
  const draft = workflow('lost', ({ task }) => {
    const posted = task('post', { cmd: '/test/post', args: { value: 1 } })
    task('after', { cmd: '/test/echo', args: { value: posted } })
  })
  const { result, events } = await submit(draft)
  const { run, end } = good(result)
  expect(end).toBe('unknown')
  expect(events).toContainEqual(expect.objectContaining({ type: 'unknown', label: 'post' }))
  expect(await store.intents()).toMatchObject([{ label: 'post' }])
  expect(await runtime.request(run, { type: 'retry', label: 'post' })).toEqual({ ok: {} })
  expect((await runtime.ended(run)).end).toBe('ok')
  expect(seen).toHaveLength(2)
  expect(seen[0]?.key).toBe(seen[1]?.key)
  expect(await store.intents()).toEqual([])
})

test('a person may say how a mutation ended whose answer was lost', async () => {
  const { submit, runtime, seen, attempts } = bobsEffects()
  attempts.set(1, ['throw'])
  const draft = workflow('lost', ({ task }) => {
    const posted = task('post', { cmd: '/test/post', args: { value: 1 } })
    task('after', { cmd: '/test/echo', args: { value: posted } })
  })
  const { run } = good((await submit(draft)).result)
  expect(await runtime.request(run, { type: 'settle', label: 'after', out: { ok: 1 } })).toMatchObject({
    error: { name: 'NotUnknown' },
  })
  await runtime.request(run, { type: 'settle', label: 'post', out: { ok: 'I looked: it was done' } })
  const ended = await runtime.ended(run)
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('after')?.receipt.out).toEqual({ ok: 'I looked: it was done' })
  expect(seen).toHaveLength(1)
})

test('a mutation that does not answer in time is unknown', async () => {
  const { run, attempts } = bobsEffects()
  attempts.set(1, ['hang'])
  const draft = workflow('slow', ({ task }) => void task('x', { cmd: '/test/post', args: { value: 1 } }), {
    config: { time: [20, 'milliseconds'] },
  })
  expect((await run(draft)).end).toBe('unknown')
})

test('what was done is undone, the last first, where something fails for good after it', async () => {
  const { run, seen, attempts } = bobsEffects()
  attempts.set('pay', [denied])
  const draft = workflow('trip', ({ task }) => {
    const flight = task('flight', {
      cmd: '/test/post',
      args: { value: 'flight' },
      meta: { 'ipvm/compensate': 'no flight' },
    })
    const hotel = task('hotel', {
      cmd: '/test/post',
      args: { value: 'hotel', after: flight },
      meta: { 'ipvm/compensate': 'no hotel' },
    })
    task('pay', { cmd: '/test/post', args: { value: 'pay', after: hotel } })
    task('no flight', { cmd: '/test/put', args: { value: 'no flight', after: flight } })
    task('no hotel', { cmd: '/test/put', args: { value: 'no hotel', after: hotel } })
  })
  const ended = await run(draft)
  expect(ended.end).toBe('failed')
  expect(seen.map(({ value }) => value)).toEqual(['flight', 'hotel', 'pay', 'no hotel', 'no flight'])
})

test('what stands by and is not called upon is skipped', async () => {
  const { run, seen } = bobsEffects()
  const draft = workflow('trip', ({ task }) => {
    task('flight', { cmd: '/test/post', args: { value: 1 }, meta: { 'ipvm/compensate': 'no flight' } })
    task('no flight', { cmd: '/test/put', args: { value: 2 } })
  })
  const ended = await run(draft)
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('no flight')).toMatchObject({ how: 'skipped' })
  expect(seen).toHaveLength(1)
})

const caughtBy = (fun: string) =>
  workflow(
    'caught',
    ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('after', { cmd: '/test/echo', args: { value: broken } })
      task('other', { cmd: '/test/ask', args: { value: 'b' }, meta: { 'ipvm/standby': true } })
    },
    { catch: { mod: new Uint8Array([0, 97, 115, 109]), fun } },
  )

test('a handler gives a value in place of a failure, for this run alone', async () => {
  const { run, store } = bobsEffects()
  const ended = await run(caughtBy('zero'))
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('broken')?.how).toBe('caught')
  expect(ended.tasks.get('after')?.receipt.out).toEqual({ ok: 0 })
  const asked = ended.tasks.get('after')?.task
  expect(asked && (await store.resultsFor(asked, 'test/1'))).toEqual([])
})

test('a handler puts another task in the place of one that failed', async () => {
  const { run, seen } = bobsEffects()
  const ended = await run(caughtBy('other'))
  expect(ended.end).toBe('ok')
  expect(seen).toHaveLength(1)
  expect(ended.tasks.get('after')?.receipt.out).toEqual(ended.tasks.get('other')?.receipt.out)
})

test('what is called upon calls upon what it awaits, however far', async () => {
  const { run, seen } = bobsEffects()
  const standby = { 'ipvm/standby': true }
  const draft = workflow(
    'spare',
    ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('after', { cmd: '/test/echo', args: { value: broken } })
      let spare = task('s0', { cmd: '/test/ask', args: { value: 'b' }, meta: standby })
      for (let i = 1; i < 100; i++) spare = task(`s${i}`, { cmd: '/test/echo', args: { value: spare }, meta: standby })
      task('other', { cmd: '/test/echo', args: { value: spare }, meta: standby })
      task('unneeded', { cmd: '/test/ask', args: { value: 'c' }, meta: standby })
    },
    { catch: { mod: new Uint8Array([0, 97, 115, 109]), fun: 'other' } },
  )
  const ended = await run(draft)
  expect(ended.end).toBe('ok')
  expect(seen.map(({ value }) => value)).toEqual(['b'])
  expect(ended.tasks.get('after')?.receipt.out).toEqual(ended.tasks.get('s0')?.receipt.out)
  expect(ended.tasks.get('unneeded')?.how).toBe('skipped')
})

test('a handler puts no secret in the place of what is none', async () => {
  const { run } = bobsEffects()
  const draft = workflow(
    'secret',
    ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('after', { cmd: '/test/echo', args: { value: broken } })
      task('other', { cmd: '/test/echo', args: { value: 'key' } }, { secret: true })
    },
    { catch: { mod: new Uint8Array([0, 97, 115, 109]), fun: 'other' } },
  )
  const ended = await run(draft)
  expect(ended.tasks.get('after')?.how).toBe('skipped')
  expect(ended.tasks.get('broken')?.receipt.out).toMatchObject({
    error: { message: expect.stringContaining('is secret') },
  })
})

test('a handler that fails, or says what cannot be, leaves a failure', async () => {
  const { run } = bobsEffects()
  const told = await run(caughtBy('tell'))
  expect(told.tasks.get('broken')?.receipt.out).toMatchObject({ error: { name: 'Trap', message: 'seen: true' } })
  for (const fun of ['itself', 'nonsense']) {
    const ended = await run(caughtBy(fun))
    expect(ended.end).toBe('failed')
    expect(ended.tasks.get('after')?.how).toBe('skipped')
  }
})

test('an unknown field, or a value that is missing, is refused before anything runs, with the path', async () => {
  const { submit, seen } = bobsEffects()
  const wrong = workflow('wrong', ({ task }) => {
    task('a', { cmd: '/test/ask', args: { value: 1 } })
    task('b', { cmd: '/test/post', args: { value: 1, colour: 'red' } })
  })
  const { result } = await submit(wrong)
  expect(result).toMatchObject({
    error: { name: 'MalformedArguments', message: expect.stringContaining('tasks.b: /test/post: colour') },
  })
  expect(seen).toEqual([])
})

test('values are kept, compared and listed; a change is made where the version is the one that was read', async () => {
  const { run } = bobsEffects()
  const put = (value: number, expect?: number) =>
    workflow('put', ({ task }) => {
      task('put', { cmd: '/kv/put', args: { key: 'a', value, ...(expect !== undefined && { expect }) } })
    })
  expect((await run(put(1, 0))).tasks.get('put')?.receipt.out).toEqual({ ok: { version: 1 } })
  expect((await run(put(2, 0))).tasks.get('put')?.receipt.out).toMatchObject({ error: { name: 'VersionMismatch' } })
  expect((await run(put(2, 1))).end).toBe('ok')
  const read = workflow('read', ({ task }) => {
    task('get', { cmd: '/kv/get', args: { key: 'a' } })
    task('none', { cmd: '/kv/get', args: { key: 'b' } })
    task('list', { cmd: '/kv/list', args: { prefix: '' } })
  })
  const { tasks } = await run(read)
  expect(tasks.get('get')?.receipt.out).toEqual({ ok: { value: 2, version: 2 } })
  expect(tasks.get('none')?.receipt.out).toEqual({ ok: null })
  expect(tasks.get('list')?.receipt.out).toEqual({ ok: [{ key: 'a', value: 2, version: 2 }] })
  const gone = workflow('gone', ({ task }) => void task('x', { cmd: '/kv/delete', args: { key: 'a' } }))
  await run(gone)
  // The number goes on: who read version 2 does not take a new value for the old one.
  expect((await run(put(9))).tasks.get('put')?.receipt.out).toEqual({ ok: { version: 4 } })
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
