import type { Value } from '@ipvm/ipld'
import { StoreError, type Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob } from '@ipvm/testing'
import { delegate, invoke, revoke } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { defineEffect } from './effect/define.ts'
import { runOf } from './submission/accept.ts'
import { bobsEffects, denied, good, lost, refused, revealed, type TaskHandle } from './node.test-fixture.ts'

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

const caught = (fun: string) => ({ catch: { mod: new Uint8Array([0, 97, 115, 109]), fun } })

/** Longer than anything takes that was begun. */
const aWhile = () => new Promise(resolve => setTimeout(resolve, 150))

test('what is asked of a run, or accepted, while its runtime closes begins only when one is open again', async () => {
  const { run, runtime, attempts, seen, store, invocationOf } = bobsEffects()
  attempts.set(1, [denied])
  const posts = (value: Value) =>
    workflow('posts', ({ task }) => void task('post', { cmd: '/test/post', args: { value } }))
  const failed = await run(posts(1))
  const asked = runtime.request(failed.run, { type: 'retry', label: 'post' })
  const accepted = runtime.accept(await invocationOf(posts(2)))
  await runtime.close()
  expect(good(await store.claim('another'))).toBeDefined()
  await Promise.all([asked, accepted])
  await runtime.accept(await invocationOf(posts(3)))
  await runtime.request(failed.run, { type: 'resume' })
  await aWhile()
  expect(seen).toHaveLength(1)
})

const breaks = {
  'while the world answers': workflow(
    'asks',
    ({ task }) => void task('ask', { cmd: '/test/ask', args: { value: 'x' } }),
  ),
  'while a handler says what is to be done': workflow(
    'fails',
    ({ task }) => void task('fail', { cmd: '/test/fail', args: {} }),
    caught('zero'),
  ),
}

test.each(Object.entries(breaks))('a store that breaks %s stops the run, and not the process', async (_, draft) => {
  const base = openMemoryStore()
  let isBroken = false
  const commit: Store['commit'] = async change => {
    isBroken ||= change.receipts?.some(({ out }) => 'ok' in out) === true
    if (isBroken) throw new StoreError('StoreUnreadable', 'the disk is gone', undefined)
    return base.commit(change)
  }
  const { runtime, invocationOf } = bobsEffects({ ...base, commit })
  const unheard: unknown[] = []
  const hear = (reason: unknown) => void unheard.push(reason)
  process.on('unhandledRejection', hear)
  await runtime.accept(await invocationOf(draft))
  await aWhile()
  process.off('unhandledRejection', hear)
  expect(isBroken).toBe(true)
  expect(unheard).toEqual([])
})

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

test("handlers that put tasks in each other's place, in a ring, leave a failure", async () => {
  const { run } = bobsEffects()
  const draft = workflow(
    'ring',
    ({ task }) => {
      for (const label of ['one', 'two']) {
        const failing = task(label, { cmd: '/test/fail', args: { label } })
        task(`after ${label}`, { cmd: '/test/echo', args: { value: failing } })
      }
    },
    caught('ring'),
  )
  const ended = await run(draft)
  expect(ended.end).toBe('failed')
  const messages = ['one', 'two'].map(label => JSON.stringify(ended.tasks.get(label)?.receipt.out))
  expect(messages.filter(message => message.includes('it awaits the task that failed'))).toHaveLength(1)
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

/** A store whose runtimes are as those of several processes: each look finds that others have written. */
function sharedStore(): Store {
  let writes = 0
  return { ...openMemoryStore(), foreignWrites: async () => ++writes }
}

test('who follows a run of another process and closes looks at the store no more', async () => {
  const store = sharedStore()
  const [one, two] = [bobsEffects(store), bobsEffects({ ...store, journal: (run, after) => look(run, after) })]
  let isClosed = false
  let looks = 0
  const look: Store['journal'] = (run, after) => {
    if (isClosed) looks += 1
    return store.journal(run, after)
  }
  await one.runtime.open()
  one.attempts.set('x', ['hang'])
  const draft = workflow('slow', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }))
  const followed = two.runtime.submit(await two.invocationOf(draft))
  while (one.seen.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  await two.runtime.close()
  isClosed = true
  expect(good(await followed).end).toBe('halted')
  await aWhile()
  expect(looks).toBe(0)
})

test('a run that was handed to another process is cancelled there, though that was wanted before it was there', async () => {
  const store = sharedStore()
  const [one, two] = [bobsEffects(store), bobsEffects(store)]
  await one.runtime.open()
  one.attempts.set('x', ['hang'])
  const draft = workflow('slow', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }))
  const ended = two.runtime.submit(await two.invocationOf(draft), { signal: AbortSignal.abort() })
  expect(good(await ended).end).toBe('cancelled')
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

test('a request that waits for a mutation of its run keeps no other from being taken up', async () => {
  const store = sharedStore()
  const [one, two] = [bobsEffects(store), bobsEffects(store)]
  await one.runtime.open()
  const begin = async (cmd: `/${string}`, value: string) => {
    one.attempts.set(value, ['hang'])
    const draft = workflow(value, ({ task }) => void task('x', { cmd, args: { value } }))
    return good(await one.runtime.accept(await one.invocationOf(draft)))
  }
  const [posting, asking] = [await begin('/test/post', 'slow'), await begin('/test/ask', 'other')]
  while (one.seen.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  await two.runtime.request(posting, { type: 'retry', label: 'x' })
  await two.runtime.request(asking, { type: 'cancel' })
  expect((await one.runtime.ended(asking)).end).toBe('cancelled')
})

test('of two that change a value where it was not changed, one does, also while the disk is full', async () => {
  const base = openMemoryStore()
  let isFull = false
  const commit: Store['commit'] = async change => {
    if (isFull && change.kv) throw new StoreError('StoreFull', 'the disk is full', undefined)
    return base.commit(change)
  }
  const { runtime, invocationOf } = bobsEffects({ ...base, commit })
  const puts = (value: string) =>
    workflow(value, ({ task }) => void task('put', { cmd: '/kv/put', args: { key: 'k', value, expect: 0 } }))
  const both = [await invocationOf(puts('one')), await invocationOf(puts('two'))]
  isFull = true
  const runs = both.map(invocation => runtime.submit(invocation))
  await aWhile()
  isFull = false
  const ends = (await Promise.all(runs)).map(ended => good(ended).end)
  expect(ends.toSorted()).toEqual(['failed', 'ok'])
})

test('a run is suspended while a mutation is under way that stands in the place of what failed', async () => {
  const answer = Promise.withResolvers<void>()
  const slow = defineEffect({
    cmd: '/test/slow',
    class: 'mutation',
    args: v.strictObject({}),
    run: async () => {
      await answer.promise
      return { ok: 'done' }
    },
  })
  const { runtime, invocationOf, store } = bobsEffects(openMemoryStore(), [slow])
  const draft = workflow(
    'stands in',
    ({ task }) => {
      task('broken', { cmd: '/test/fail', args: {} })
      task('other', { cmd: '/test/slow', args: {}, meta: { 'ipvm/standby': true } })
    },
    caught('other'),
  )
  const run = good(await runtime.accept(await invocationOf(draft)))
  while ((await store.intents()).length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  const ended = runtime.ended(run)
  await runtime.request(run, { type: 'suspend' })
  answer.resolve()
  expect((await ended).end).toBe('suspended')
  expect(good(await runtime.resume(run)).end).toBe('ok')
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
