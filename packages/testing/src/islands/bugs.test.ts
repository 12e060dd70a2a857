import { expect, test } from 'vitest'
import { islandBugs } from './bugs.ts'
import { simulateIslands } from './simulation.ts'

const seedsMax = 30

/** What is said of a bug that was planted. */
test.each([
  ['missing-fsync', /who has it not on the disk/],
  ['trusts-anybody', /takes the word of .* who is not trusted/],
  ['never-reconciles', /lacks the receipt|has not heard of a revocation/],
  ['ignores-revocations', /after that was taken back/],
  ['silent-contradictions', /does not know it/],
])('%s is found', { timeout: 300_000 }, async (name, said) => {
  const bug = islandBugs[name]
  if (!bug) throw new Error(`there is a bug ${name}`)
  let found: string | undefined
  for (let seed = 1; found === undefined && seed <= seedsMax; seed++)
    found = (await simulateIslands({ seed, bug })).problem
  expect(found).toMatch(said)
})

test('every bug is looked for', () => {
  expect(Object.keys(islandBugs)).toHaveLength(5)
})
