import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { lookUpsAtOnceMax } from '../limits.ts'
import { bobsEffects, good } from '../node.test-fixture.ts'

test('while many known results are looked up, everything else has its turn', async () => {
  const node = bobsEffects()
  const count = 2 * lookUpsAtOnceMax + 1
  const many = workflow('many', ({ task }) => {
    for (let i = 0; i < count; i++) task(`t${i}`, { cmd: '/test/echo', args: { value: i } })
  })
  await node.run(many)
  let settled = 0
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type === 'settled') settled += 1
    if (settled === 1) setImmediate(() => seen.push(settled))
  }
  const seen: number[] = []
  const { tasks } = good((await node.submit(many, { onEvent })).result)
  expect(new Set([...tasks.values()].map(({ how }) => how))).toEqual(new Set(['reused']))
  expect(seen[0]).toBeLessThanOrEqual(lookUpsAtOnceMax)
  expect(node.ran).toHaveLength(count)
})
