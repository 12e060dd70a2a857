import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { realWorld } from './world.ts'

test('of signatures that come at once all but the first are checked aside, and one that comes alone is not', async () => {
  const isAside = () => realWorld.verifiesAside?.()
  await nextTurn()
  expect([isAside(), isAside(), isAside()]).toEqual([false, true, true])
  await nextTurn()
  expect(isAside()).toBe(false)
})
