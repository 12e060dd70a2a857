import { expect, test } from 'vitest'
import { submissions } from './submission.ts'
import { mixedWorkflows } from './mixed.ts'

test('workflows are the same for the same seed, and all compile', async () => {
  const seeds = Array.from({ length: 40 }, (_, i) => `seed/${i}`)
  for (const seed of seeds) {
    const [one, other] = await Promise.all([submissions(seed), submissions(seed)])
    expect(one.map(({ invocation }) => invocation.envelope.cid.toString())).toEqual(
      other.map(({ invocation }) => invocation.envelope.cid.toString()),
    )
  }
})

test('among a few dozen are all fates, kinds and faults', () => {
  const workflows = Array.from({ length: 40 }, (_, i) => mixedWorkflows(`seed/${i}`)).flat()
  const tasks = workflows.flatMap(({ tasks: planned }) => [...planned.values()])
  expect([...new Set(workflows.map(({ fate }) => fate))].sort()).toEqual(['done', 'doomed', 'undone'])
  expect([...new Set(tasks.map(({ kind }) => kind))].sort()).toEqual([
    'keyed',
    'once',
    'probed',
    'pure',
    'put',
    'value',
  ])
  expect([...new Set(tasks.flatMap(({ faults }) => faults))].sort()).toEqual(['busy', 'drop', 'hang', 'late', 'refuse'])
})
