// Runs the official fixtures beside the checkout, those of UCAN_FIXTURES, and our own vectors, and prints a table.
// npm run conformance; UCAN_FIXTURES=dir[:dir…] npm run conformance
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkDirectory } from './check/directory.ts'
import type { Outcome } from './check/outcome.ts'

/** Where fixtures may be: the official ones, those that the environment names, and our own. */
export function fixtureDirectories(environment: string | undefined = process.env.UCAN_FIXTURES): readonly string[] {
  const official = fileURLToPath(new URL('../../shared/vectors/ucan', import.meta.url))
  const given = environment?.split(delimiter).filter(directory => directory !== '') ?? []
  return [...(existsSync(official) ? [official] : []), ...given, import.meta.dirname]
}

function print(directory: string, outcomes: readonly Outcome[]): void {
  console.log(`\n${directory}`)
  const files = Map.groupBy(outcomes, ({ file }) => file)
  for (const [file, of] of files) {
    const count = (kind: Outcome['kind']) => {
      const all = of.filter(outcome => outcome.kind === kind)
      return `${all.filter(({ passed }) => passed).length}/${all.length} ${kind}`
    }
    console.log(`  ${file.padEnd(26)} ${count('valid').padEnd(14)} ${count('invalid')}`)
  }
  for (const { file, name, expected, found, passed } of outcomes) {
    if (!passed) console.log(`  ✗ ${file} "${name}": expected ${expected}, found ${found}`)
  }
}

if (import.meta.main) {
  let failed = 0
  let total = 0
  for (const directory of fixtureDirectories()) {
    if (!existsSync(directory)) {
      console.error(`UCAN_FIXTURES names ${directory}, which is not there`)
      process.exit(2)
    }
    const outcomes = await checkDirectory(directory)
    print(directory, outcomes)
    total += outcomes.length
    failed += outcomes.filter(({ passed }) => !passed).length
  }
  console.log(`\n${total - failed} of ${total} cases passed`)
  process.exitCode = failed === 0 && total > 0 ? 0 : 1
}
