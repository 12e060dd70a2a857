import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { doubled, keep, namesIn, Town } from '../town.test-fixture.ts'

test('islands that meet have what both had', async () => {
  const town = new Town()
  const a = await town.node(alice, [bob])
  town.hub.partition([alice.did], [bob.did])
  const b = await town.node(bob, [alice])
  await keep(a.store, await Promise.all([1, 2, 3].map(n => doubled(n, alice))))
  await keep(b.store, await Promise.all([3, 4, 5].map(n => doubled(n, bob))))
  town.hub.heal()
  await town.pass(20_000)
  expect(await namesIn(a.store)).toHaveLength(6)
  expect(await namesIn(b.store)).toEqual(await namesIn(a.store))
  await town.close()
})
