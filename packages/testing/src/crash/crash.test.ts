import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { plants, type Plant } from './plant.ts'
import { scenario, type Scenario } from './scenario.ts'
import { startServer } from './server/start.ts'
import { nothing, together } from './tally.ts'
import { runTrial, type Verdict } from './trial.ts'

/** Runs trials, a few side by side, on a counting server of their own: what it remembers is of them alone. */
async function trials(scenarios: readonly Scenario[], plant?: Plant): Promise<readonly Verdict[]> {
  const server = await startServer()
  const verdicts: Verdict[] = []
  const waiting = [...scenarios]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const verdict = await runTrial(next, { server, ...(plant && { plant }) })
      verdicts.push(verdict)
      if (verdict.kept) await rm(verdict.kept, { recursive: true })
    }
  }
  await Promise.all([work(), work(), work()])
  await server.stop()
  return verdicts
}

test('a node that is killed, wherever that is, loses nothing that it acknowledged and does nothing twice', async () => {
  const verdicts = await trials(Array.from({ length: 12 }, (_, number) => scenario('fixed', number)))
  expect(verdicts.flatMap(({ problems }) => problems)).toEqual([])
  const figures = verdicts.map(({ tally }) => tally).reduce(together, nothing)
  // On a slow machine a run may be over before the moment of its kill.
  expect(figures.unharmed).toBeLessThan(4)
  expect(Object.keys(figures.kills).length).toBeGreaterThan(9)
})

/** Kills that no such bug survives: before a commit is on the disk, and before the outcomes of several mutations are. */
function telling(seed: string): Scenario {
  const kills = [
    { at: 'before the disk', nth: 4 },
    { at: 'after the call', nth: 6 },
    { at: 'after the call', nth: 5 },
    { at: 'after the call', nth: 4 },
  ] as const
  return { seed, lives: kills.map(kill => ({ kill, isJudged: true, isAnswered: true })) }
}

const tellingScenarios = [telling('telling/1'), telling('telling/2')]

test('without a bug, the kills that tell of one tell of none', async () => {
  const verdicts = await trials(tellingScenarios)
  expect(verdicts.flatMap(({ problems }) => problems)).toEqual([])
})

/** What each planted bug comes to. */
const findings: Readonly<Record<Plant, RegExp>> = {
  'early word': /the acknowledged receipt .* is not there/,
  'lost intent': /arrived [2-9] times; a person retried it 0 times/,
  'false idempotence': /arrived [2-9] times; a person retried it 0 times/,
  'new key': /arrived under [2-9] keys/,
}

test.each(plants)('a bug that is planted, "%s", is found', async plant => {
  const verdicts = await trials(tellingScenarios, plant)
  expect(verdicts.flatMap(({ problems }) => problems)).toContainEqual(expect.stringMatching(findings[plant]))
})
