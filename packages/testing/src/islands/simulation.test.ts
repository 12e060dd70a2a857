import { expect, test } from 'vitest'
import { simulateIslands } from './simulation.ts'

const timeout = 120_000

test('a seed of islands has the same happen every time, and another one something else', { timeout }, async () => {
  const [once, again, other] = [
    await simulateIslands({ seed: 1 }),
    await simulateIslands({ seed: 1 }),
    await simulateIslands({ seed: 2 }),
  ]
  expect(again).toEqual(once)
  expect(other.hash).not.toBe(once.hash)
  expect(once.events).toBeGreaterThan(100)
})

test('ten worlds of islands: nothing is invented, all converge, and what was taken back is', { timeout }, async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { problem } = await simulateIslands({ seed })
    if (problem !== undefined) throw new Error(`${problem}\n  npm run simulate -- --islands --seed ${seed} --trace`)
  }
})
