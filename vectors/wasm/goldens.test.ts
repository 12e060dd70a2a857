import { expect, test } from 'vitest'
import { chromiumPath, runInChromium } from './golden/chromium.ts'
import { differences, readGoldens, runHere } from './golden/file.ts'

const goldens = readGoldens()
const calls = goldens.map(({ call }) => call)

test('this engine gives the results, the failures and the gas that all others gave', () => {
  expect(calls.length).toBeGreaterThan(20)
  expect(differences(goldens, runHere(calls))).toEqual([])
})

test.skipIf(chromiumPath === undefined)(
  'and so does Chromium, in a worker (skipped: set CHROMIUM to one, or install it)',
  { timeout: 60_000 },
  async () => {
    const { found } = await runInChromium(chromiumPath ?? '', calls)
    expect(differences(goldens, found)).toEqual([])
  },
)
