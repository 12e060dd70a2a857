import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { Town } from '../town.test-fixture.ts'

test('what a trusted node has computed is not computed again', async () => {
  const town = new Town()
  const a = await town.node(alice, [bob])
  expect(await town.until(a.double(1, 2, 3))).toEqual([2, 4, 6])
  const b = await town.node(bob, [alice])
  b.pace = 60_000
  expect(await town.until(b.double(1, 2, 3))).toEqual([2, 4, 6])
  expect(a.ran).toEqual([1, 2, 3])
  expect(b.ran).toEqual([])
  expect(town.world.time).toBeLessThan(1000)
  await town.close()
})
