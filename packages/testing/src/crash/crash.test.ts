import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plants, type Plant } from './plant.ts'
import { scenario } from './scenario.ts'
import { startServer, type RunningServer } from './server/start.ts'
import { nothing, together } from './tally.ts'
import { runTrial, type Verdict } from './trial.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})

afterAll(() => server.stop())

/** Runs the trials of these numbers, a few side by side. */
async function trials(numbers: readonly number[], plant?: Plant): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  const waiting = [...numbers]
  const work = async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const verdict = await runTrial(scenario('fixed', number), { server, ...(plant && { plant }) })
      verdicts.push(verdict)
      if (verdict.kept) await rm(verdict.kept, { recursive: true })
    }
  }
  await Promise.all([work(), work(), work()])
  return verdicts
}

test('a node that is killed, wherever that is, loses nothing that it acknowledged and does nothing twice', async () => {
  const verdicts = await trials(Array.from({ length: 12 }, (_, number) => number))
  expect(verdicts.flatMap(({ problems }) => problems)).toEqual([])
  const figures = verdicts.map(({ tally }) => tally).reduce(together, nothing)
  expect(figures.unharmed).toBe(0)
  expect(Object.keys(figures.kills).length).toBeGreaterThan(9)
}, 60_000)

/** Trials that meet what each plant does wrong. */
const telling: Readonly<Record<Plant, readonly number[]>> = {
  'early word': [0],
  'lost intent': [0],
  'false idempotence': [0],
  'new key': [0],
}

describe.each(plants)('a planted bug, "%s"', plant => {
  test('is found', async () => {
    const verdicts = await trials(telling[plant], plant)
    expect(verdicts.flatMap(({ problems }) => problems)).not.toEqual([])
  }, 60_000)
})
