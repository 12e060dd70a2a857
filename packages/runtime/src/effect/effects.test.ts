import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, good, lost, quick, refused } from '../node.test-fixture.ts'

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

test.each(['NotNeeded', 'BranchMismatch', 'Withdrawn'])(
  'an answer that fails by the name %s fails its run',
  async name => {
    const { run, seen, attempts } = bobsEffects()
    attempts.set('x', [{ error: { name, message: 'it says' }, verdict: 'final' }])
    const ended = await run(
      workflow('forged', ({ task }) => {
        task('ask', { cmd: '/test/ask', args: { value: 'x' } })
        task('post', { cmd: '/test/post', args: { value: 1 } })
      }),
    )
    expect(ended.end).toBe('failed')
    expect(seen.map(({ cmd }) => cmd)).toEqual(['/test/ask'])
  },
)

test('two runs that wait for one lost answer both say so, and a person may settle it in either', async () => {
  const { run, runtime, store, attempts, seen } = bobsEffects()
  attempts.set(1, [lost])
  const posts = (name: string) =>
    workflow(name, ({ task }) => {
      task('post', { cmd: '/test/post', args: { value: 1 }, nonce: new Uint8Array([1, 2, 3]) })
    })
  const both = await Promise.all([run(posts('one')), run(posts('two'))])
  for (const { run: id } of both) {
    const { condition, tasks } = good(await runtime.status(id))
    expect({ condition, states: tasks.map(({ state }) => state) }).toEqual({ condition: 'parked', states: ['unknown'] })
  }
  const [one, two] = both.map(({ run: id }) => id).toReversed()
  if (!one || !two) throw new Error('there are two runs')
  expect(await runtime.request(one, { type: 'settle', label: 'post', out: { ok: 'it was' } })).toEqual({ ok: {} })
  expect((await runtime.ended(one)).end).toBe('ok')
  // The other one learns it, and goes on by itself.
  while ((await store.run(two))?.end === undefined) await new Promise(resolve => setTimeout(resolve, 5))
  expect((await runtime.ended(two)).tasks.get('post')?.receipt.out).toEqual({ ok: 'it was' })
  expect(seen).toHaveLength(1)
})
