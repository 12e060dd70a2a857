import { nameOf } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { layOut, planOf } from '../index.ts'
import { call, doing, flow, good, traitsOf } from '../layout/commands.test-fixture.ts'

test('a plan tells what comes when, what is known, what may be tried again, and what happens once', async () => {
  const receipt = nameOf('a receipt')
  const foreign = nameOf('a task of another workflow')
  const layout = good(
    layOut(
      await flow({
        mail: doing('/msg/send', [{ 'await/ok': 'check' }, { 'await/*': 'save' }]),
        page: doing('/http/get', 'https://example.org', { 'ipvm/config': { retry: { max: 2 } } }),
        text: call('text', [{ 'await/ok': 'page' }, { 'await/ok': 'page' }, { 'await/ok': foreign }]),
        save: doing('/kv/put', { 'await/ok': 'text' }, { 'ipvm/compensate': 'restore' }),
        check: call('check', [{ 'await/ok': 'save' }]),
        restore: doing('/kv/put', 'as it was'),
      }),
      traitsOf,
    ),
  )
  const plan = await planOf(layout, async ({ label }) => (label === 'text' ? { receipt, branch: 'ok' } : undefined))
  const labels = Object.entries(plan).map(([stage, tasks]) => [stage, tasks.map(({ label }) => label)])
  expect(Object.fromEntries(labels)).toEqual({
    queries: ['page'],
    pure: ['text'],
    mutations: ['save', 'mail'],
    after: ['check'],
    standby: ['restore'],
  })
  expect(plan.queries).toMatchObject([{ attempts: 2, again: 'same', awaits: [] }])
  expect(plan.pure).toMatchObject([
    { known: { receipt, branch: 'ok' }, awaits: [{ label: 'page', branch: 'ok' }], foreign: [foreign] },
  ])
  expect(plan.mutations).toMatchObject([
    { again: 'sameKey', attempts: 5, undoneBy: 'restore' },
    {
      again: 'never',
      attempts: 1,
      awaits: [
        { label: 'check', branch: 'ok' },
        { label: 'save', branch: '*' },
      ],
    },
  ])
  expect(plan.standby).toMatchObject([{ undoes: ['save'] }])
})
