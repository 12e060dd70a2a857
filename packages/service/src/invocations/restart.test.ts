import { expect, test } from 'vitest'
import { openMemoryStore } from '@ipvm/store/memory'
import { plainLabel } from '@ipvm/runtime'
import {
  aliceAsks,
  bobLets,
  bobsService,
  bodyOf,
  good,
  outsIn,
  receiptsIn,
  refusedAs,
  workflowOf,
} from '../stories/bob.test-fixture.ts'

const wait = 60_000

test('what was accepted goes on after a restart, under the name that it was asked for by', async () => {
  const store = openMemoryStore()
  const before = bobsService({ store })
  before.gate.open = new Promise(() => {})
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/slow', { value: 3 }, [proof])
  const body = await bodyOf([invocation, proof])
  expect(good(await before.asked(body)).pending?.length).toBe(1)
  const closing = before.runtime.close()
  const after = bobsService({ store })
  await closing
  good(await after.runtime.open())
  const [receipt] = await receiptsIn(await after.asked(body, { wait }))
  expect([receipt?.out, receipt?.ran.equals(invocation.task)]).toEqual([{ ok: 3 }, true])
  expect((await store.runs(9)).map(({ end, name }) => [end, name])).toEqual([['ok', '/test/slow']])
  await after.runtime.close()
})

test('a person says how a mutation in doubt ended, and who asks again is told that', async () => {
  const { asked, attempts, runtime, seen } = bobsService()
  attempts.set('a', { error: { name: 'Lost', message: 'no answer came' }, verdict: 'unknown' })
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/post', { value: 'a' }, [proof])
  const body = await bodyOf([invocation, proof])
  expect(refusedAs(await asked(body, { wait }))).toBe('Unknown')
  good(
    await runtime.request(invocation.envelope.cid, { type: 'settle', label: plainLabel, out: { ok: 'it was sent' } }),
  )
  const [receipt] = await receiptsIn(await asked(body, { wait }))
  expect([receipt?.out, receipt?.ran.equals(invocation.task)]).toEqual([{ ok: 'it was sent' }, true])
  expect(seen).toEqual(['a'])
  await runtime.close()
})

test('a run that is called off has no receipt, and says so', async () => {
  const { asked, gate, runtime } = bobsService()
  gate.open = new Promise(() => {})
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/slow', { value: 3 }, [proof])
  const body = await bodyOf([invocation, proof])
  expect(good(await asked(body)).pending?.length).toBe(1)
  good(await runtime.request(invocation.envelope.cid, { type: 'cancel' }))
  expect(refusedAs(await asked(body, { wait }))).toBe('Cancelled')
  await runtime.close()
})

test('the tasks of a workflow and a plain invocation share what they know', async () => {
  const { asked, ran, runtime } = bobsService()
  const proof = await bobLets('/')
  const workflow = workflowOf({ one: ['/test/echo', { value: 8 }] })
  const run = await aliceAsks('/workflow/run', { workflow: workflow.cid }, [proof])
  good(await asked(await bodyOf([run, proof], [workflow]), { wait }))
  expect(
    await outsIn(await asked(await bodyOf([await aliceAsks('/test/echo', { value: 8 }, [proof]), proof]))),
  ).toEqual([8])
  const plain = await aliceAsks('/test/echo', { value: 9 }, [proof])
  good(await asked(await bodyOf([plain, proof]), { wait }))
  const other = workflowOf({ two: ['/test/echo', { value: 9 }] })
  const again = await aliceAsks('/workflow/run', { workflow: other.cid }, [proof])
  good(await asked(await bodyOf([again, proof], [other]), { wait }))
  expect(ran).toEqual([8, 9])
  await runtime.close()
})
