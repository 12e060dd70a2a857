import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { alice, bob } from '@ipvm/testing'
import type { Value } from '@ipvm/ipld'
import { delegate, invoke, type Command } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, good } from '../node.test-fixture.ts'

const runs = { numRuns: 40 }

test('the same pure function on two answers of a query never shares a memo entry', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 4 }), async answers => {
      const { run, attempts, store, ran } = bobsEffects()
      const draft = workflow('told', ({ task }) => {
        const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
        task('told', { cmd: '/test/echo', args: { value: asked } })
      })
      for (const answer of answers) {
        attempts.set('x', [{ ok: answer }])
        const told = (await run(draft)).tasks.get('told')
        expect(told?.receipt.out).toEqual({ ok: answer })
        // The name that it was asked by says nothing beyond its run.
        expect(told && (await store.resultsFor(told.task, 'test/1'))).toEqual([])
      }
      expect(ran.filter(name => name === 'echo')).toHaveLength(answers.length)
    }),
    runs,
  )
})

test('a workflow that fails before its mutations has sent nothing, wherever in it the failure is', async () => {
  const shape = fc.record({
    before: fc.nat({ max: 3 }),
    mutations: fc.array(fc.constantFrom<Command>('/test/post', '/test/put', '/kv/put'), { minLength: 1, maxLength: 4 }),
    awaits: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ before, mutations, awaits }) => {
      const { run, seen, store } = bobsEffects()
      const draft = workflow('fails', ({ task }) => {
        const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
        let last = asked
        for (let i = 0; i < before; i++) last = task(`step ${i}`, { cmd: '/test/echo', args: { value: last } })
        task('broken', { cmd: '/test/fail', args: { value: last } })
        for (const [i, cmd] of mutations.entries()) {
          const key = cmd === '/kv/put' ? { key: `k${i}` } : {}
          task(`mutation ${i}`, { cmd, args: { ...key, value: awaits ? asked : i } })
        }
      })
      const ended = await run(draft)
      expect(ended.end).toBe('failed')
      expect(seen.map(({ cmd }) => cmd)).toEqual(['/test/ask'])
      expect(await store.kvList('', { limit: 10 })).toEqual([])
    }),
    runs,
  )
})

/** Who asks may ask, run handlers, and post what is below ten; each way to a post of more has to end before the world. */
const ways = {
  task: (value: number) => workflow('w', ({ task }) => void task('post', { cmd: '/test/post', args: { value } })),
  promise: () =>
    workflow('w', ({ task }) => {
      const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
      task('post', { cmd: '/test/post', args: { value: asked } })
    }),
  catch: (value: number) =>
    workflow(
      'w',
      ({ task }) => {
        task('broken', { cmd: '/test/fail', args: {} })
        task('other', { cmd: '/test/post', args: { value } }, { standby: true })
      },
      { catch: { mod: new Uint8Array([0, 97, 115, 109]), fun: 'other' } },
    ),
  compensation: (value: number) =>
    workflow('w', ({ task }) => {
      task('small', { cmd: '/test/post', args: { value: 1 }, meta: { 'ipvm/compensate': 'undo' } })
      task('undo', { cmd: '/test/post', args: { value } })
    }),
}

test('an effect that is not allowed never runs: not by a workflow, a promise, a handler or a compensation', async () => {
  const way = fc.constantFrom(...(Object.keys(ways) as (keyof typeof ways)[]))
  await fc.assert(
    fc.asyncProperty(way, fc.integer({ min: 10, max: 1000 }), async (name, value) => {
      const { runtime, store, seen, attempts } = bobsEffects()
      attempts.set('x', [{ ok: value }])
      const give = (cmd: Command, pol: readonly Value[] = []) =>
        delegate({ aud: alice.did, sub: bob.did, cmd, pol, nonce: randomBytes(12), exp: null }, bob)
      const toRun = await give('/workflow/run')
      const free: readonly Command[] = ['/test/ask', '/test/fail', '/wasm']
      const delegations = [
        ...(await Promise.all(free.map(cmd => give(cmd)))),
        await give('/test/post', [['<', '.value', 10]]),
      ]
      const { document, blocks } = good(await compile(ways[name](value)))
      await store.commit({ blocks: [document, ...blocks, toRun.envelope] })
      const args = { workflow: document.cid }
      const fields = { sub: bob.did, cmd: '/workflow/run', args, prf: [toRun.envelope.cid], exp: null } as const
      await runtime.submit(await invoke({ ...fields, nonce: randomBytes(12) }, alice), { delegations })
      expect(seen.filter(came => came.value === value)).toEqual([])
    }),
    runs,
  )
})
