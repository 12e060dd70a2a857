import type { Change } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { Town } from '../town.test-fixture.ts'

test('who closes does not wait for one who does not answer', async () => {
  const town = new Town()
  await town.node(alice, [bob], { answer: () => new Promise(() => {}) })
  const b = await town.node(bob, [alice])
  await town.pass(6000)
  const before = town.world.time
  await town.until(b.service.close())
  expect(town.world.time - before).toBeLessThan(1000)
  await town.close()
})

test('what comes while a node computes it itself is compared with that, too', async () => {
  const town = new Town()
  const a = await town.node(alice, [bob])
  const memory = openMemoryStore()
  const slow = Promise.withResolvers<void>()
  const store = {
    ...memory,
    commit: async (change: Change) => {
      if (change.receipts?.some(({ iss }) => iss === alice.did)) await slow.promise
      return memory.commit(change)
    },
  }
  const b = await town.node(bob, [alice], { store })
  await town.pass(6000)
  await town.until(a.double(1))
  await town.pass(500)
  b.result = () => 'nonsense'
  expect(await town.until(b.double(1))).toEqual(['nonsense'])
  slow.resolve()
  await town.pass(500)
  expect(await memory.listEquivocations()).toHaveLength(1)
  await town.close()
})
