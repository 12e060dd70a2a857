import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { bobsEffects, caught, denied, good } from '../node.test-fixture.ts'
import { defineEffect } from '../effect/define.ts'

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
    caught(fun),
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
    caught('other'),
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
    caught('other'),
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
