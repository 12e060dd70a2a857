// Makes the calls of goldens.json on every engine that can be had: all have to agree on results, failures and gas.
// npm run goldens:wasm; with `-- --update` it writes down what this engine says.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromiumPath, runInChromium } from './golden/chromium.ts'
import { differences, readGoldens, runHere, writeGoldens } from './golden/file.ts'
import type { Call, Ran } from './golden/run-case.ts'

const nodeVersions = [22, 24, 26]
const goldens = readGoldens()
const calls = goldens.map(({ call }) => call)

/** An engine's answers, or why it could not be asked. */
type Answers = { readonly version: string; readonly found: readonly Ran[] } | { readonly missing: string }

/** Node of a version that npm fetches: this program there, with `--print`. */
async function askNode(version: number): Promise<Answers> {
  try {
    const program = fileURLToPath(import.meta.url)
    const args = ['--yes', '--prefer-offline', `--package=node@${version}`, '--', 'node', program, '--print']
    const { stdout } = await promisify(execFile)('npx', args, { maxBuffer: 2 ** 26 })
    return JSON.parse(stdout)
  } catch (thrown) {
    return { missing: thrown instanceof Error ? (thrown.message.split('\n').at(-2) ?? thrown.message) : String(thrown) }
  }
}

async function askChromium(asked: readonly Call[]): Promise<Answers> {
  if (chromiumPath === undefined) return { missing: 'set CHROMIUM to one, or install it' }
  return runInChromium(chromiumPath, asked)
}

/** Prints how an engine did; whether it agrees. One that is missing does not disagree. */
function report(engine: string, answers: Answers): boolean {
  if ('missing' in answers) {
    console.log(`${engine.padEnd(12)} missing: ${answers.missing}`)
    return true
  }
  const differing = differences(goldens, answers.found)
  console.log(
    `${engine.padEnd(12)} ${answers.version}: ${goldens.length - differing.length}/${goldens.length} the same`,
  )
  for (const difference of differing) console.log(`✗ ${difference}`)
  return differing.length === 0
}

const { node, v8 } = process.versions
const mode = process.argv[2]
if (mode === '--print') {
  console.log(JSON.stringify({ version: `${node}, V8 ${v8}`, found: runHere(calls) }))
} else if (mode === '--update') {
  const found = runHere(calls)
  writeGoldens(goldens.map(({ call }, i) => ({ call, ...(found[i] && { ran: found[i] }) })))
  console.log(`${calls.length} calls as Node ${node} makes them`)
} else {
  let agreed = true
  for (const version of nodeVersions) agreed = report(`Node ${version}`, await askNode(version)) && agreed
  agreed = report('Chromium', await askChromium(calls)) && agreed
  process.exitCode = agreed ? 0 : 1
}
