// Runs the specification's tests through our instrumentation and prints a table: how profile 1 agrees with them.
// WASM_TESTSUITE=checkout-of-WebAssembly/testsuite[:another…] npm run conformance:wasm [-- files…]
import { globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { exceptions, isExpected } from './expected.ts'
import type { Outcome } from './run/outcome.ts'
import { runScript } from './run/run-script.ts'
import { findAssembler, type Assemble } from './text/assembler.ts'
import { readScript } from './text/read-script.ts'

const kinds = ['passed', 'failed', 'refused', 'skipped'] as const
const fileWidth = 60

function row(title: string, cells: readonly string[]): string {
  return title.padEnd(fileWidth) + cells.map(cell => cell.padStart(9)).join('')
}

function counts(outcomes: readonly Outcome[]): readonly string[] {
  return kinds.map(kind => String(outcomes.filter(outcome => outcome.kind === kind).length))
}

/** How often each feature was refused, and each reason to skip was given. */
function reasons(outcomes: readonly Outcome[]): readonly string[] {
  const given = outcomes.filter(({ kind }) => kind === 'refused' || kind === 'skipped')
  const groups = [...Map.groupBy(given, ({ kind, detail }) => `${kind}: ${detail}`)]
  const largestFirst = groups.sort(([, a], [, b]) => b.length - a.length)
  return largestFirst.map(([reason, of]) => `${String(of.length).padStart(9)} ${reason}`)
}

/** Runs the files of one checkout; gives how many outcomes are not what they may be. */
async function runDirectory(directory: string, files: readonly string[], assemble: Assemble): Promise<number> {
  console.log(`\n${row(directory, kinds)}`)
  const all: Outcome[] = []
  const unexpected: string[] = []
  for (const file of files) {
    const outcomes = runScript(await readScript(file, readFileSync(join(directory, file), 'utf8'), assemble))
    console.log(row(file, counts(outcomes)))
    for (const outcome of outcomes) {
      all.push(outcome)
      const { line, command, kind, detail } = outcome
      if (!isExpected(file, outcome)) unexpected.push(`✗ ${file}:${line} ${command} ${kind}: ${detail}`)
    }
  }
  console.log(row(`${files.length} files`, counts(all)))
  const known = exceptions.filter(({ file }) => files.includes(file)).map(({ file, reason }) => `${file}: ${reason}`)
  for (const line of [...reasons(all), ...known, ...unexpected]) console.log(line)
  console.log(`${all.length} commands, ${unexpected.length} not as expected`)
  return all.length === 0 ? 1 : unexpected.length
}

if (import.meta.main) {
  const directories = process.env.WASM_TESTSUITE?.split(delimiter).filter(directory => directory !== '') ?? []
  const assemble = await findAssembler()
  if (directories.length === 0 || !assemble) {
    console.error('set WASM_TESTSUITE to a checkout of https://github.com/WebAssembly/testsuite')
    console.error('and install the assembler: npm install --prefix guests')
    process.exit(2)
  }
  const given = process.argv.slice(2)
  let unexpected = 0
  for (const directory of directories) {
    // `legacy` holds the exceptions of before the specification had them.
    const found = globSync(['*.wast', 'proposals/{threads,custom-*,wide-*}/**/*.wast'], { cwd: directory }).sort()
    unexpected += await runDirectory(directory, given.length > 0 ? given : found, assemble)
  }
  process.exitCode = unexpected === 0 ? 0 : 1
}
