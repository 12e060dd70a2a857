import { expect, test } from 'vitest'
import { attemptsOn, attemptsPerNode, complaint, ways, type Attempted } from './attempt.ts'
import { replayOf } from './tally.ts'

/** A slice of `npm run attempts`: the first ones of a seed. */
const seed = 7
const nodes = 6

test('nobody has done what he may not, whatever way he tries; and each way leads there', async () => {
  const made: Attempted[] = []
  for (let first = 0; first < nodes * attemptsPerNode; first += attemptsPerNode) {
    made.push(
      ...(await attemptsOn(
        seed,
        Array.from({ length: attemptsPerNode }, (_, i) => first + i),
      )),
    )
  }
  for (const one of made) {
    const wrong = complaint(one)
    if (wrong !== undefined)
      throw new Error(`${one.way}, lacking: ${one.lack}: ${wrong}\n${replayOf(seed, one.number)}`)
  }
  expect(made.reduce((sum, { unauthorised }) => sum + unauthorised, 0)).toBe(0)
  expect(new Set(made.map(({ way }) => way))).toEqual(new Set(Object.keys(ways)))
})

test('a seed tries the same every time', async () => {
  const [once, again] = [await attemptsOn(3, [0, 1, 2, 3, 4]), await attemptsOn(3, [0, 1, 2, 3, 4])]
  expect(again).toEqual(once)
})
