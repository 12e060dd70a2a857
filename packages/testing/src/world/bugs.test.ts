import { expect, test } from 'vitest'
import { bugs } from './bugs.ts'
import { simulate } from './simulation.ts'

const seedsMax = 1000

/** What is said of a bug that was planted; most are found within the first few seeds. */
test.each([
  ['missing-fsync', /not on the disk/],
  ['torn-change', /missing|not on the disk|settled again|asked for something else/],
  ['two-executors', /the journal of/],
  ['lost-intent', /before its intent was on the disk/],
  ['forgotten-intents', /asked for twice/],
  ['lost-conclusion', /there is an intent to do it still/],
  ['unmarked-secret', /is secret, and its receipt is not marked/],
  ['ended-runs-rise', /after the run ended/],
  ['wrong-memo', /but of these arguments comes|the memo|is reused with/],
  ['retried-mutation', /asked for twice/],
  ['early-mutation', /before its intent|before the run was released/],
  ['lying-probe', /asked for twice/],
  ['signs-for-strangers', /had to be refused|nobody who asks for it may|may not have/],
])('%s is found', { timeout: 300_000 }, async (name, said) => {
  const bug = bugs[name]
  if (!bug) throw new Error(`there is a bug ${name}`)
  let found: string | undefined
  for (let seed = 1; found === undefined && seed <= seedsMax; seed++) found = (await simulate({ seed, bug })).problem
  expect(found).toMatch(said)
})

test('every bug is looked for', () => {
  expect(Object.keys(bugs)).toHaveLength(13)
})
