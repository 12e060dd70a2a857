import { expect, test } from 'vitest'
import { simulate } from './simulation.ts'

/** Smaller than those of `npm run simulate`: what a seed finds in a large world, some seed finds in a small one. */
const events = 250
const batches = [1, 51]
const timeout = 120_000

test('a seed has the same happen every time, and another seed something else', { timeout }, async () => {
  const [once, again, other] = [await simulate({ seed: 7 }), await simulate({ seed: 7 }), await simulate({ seed: 8 })]
  expect(again).toEqual(once)
  expect(other.hash).not.toBe(once.hash)
  expect(once.events).toBeGreaterThan(1000)
})

test.each(batches)('worlds %i to 50 further: nothing is lost, and nothing is done twice', { timeout }, async from => {
  for (let seed = from; seed < from + 50; seed++) {
    const { problem } = await simulate({ seed, events })
    if (problem !== undefined) {
      throw new Error(`${problem}\n  npm run simulate -- --seed ${seed} --trace --events ${events}`)
    }
  }
})
