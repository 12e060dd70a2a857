// What the runtime costs, beside Restate, DBOS and Homestar, and by itself. Every engine is durable: who has an answer can
// rely on it after a crash. Tasks are trivial, so that the time is the engine's: ours runs a Wasm function in an instance of
// its own for each task (guests/add; a sum of two numbers in the mixed graph), checks authority, and signs a receipt;
// Homestar runs the same function of guests/add; Restate and DBOS call a function of their own process that adds one, and
// sign nothing.
//
// Each engine is a process of its own that has its caller in it; Restate's server and PostgreSQL are further processes.
// Settings stand at the head of each *.engine file. All are started first, then they take turns, shape by shape, so that
// what else the machine does strikes all. Medians of the rounds.
//
// Run it: npm run bench:runtime [-- --rounds 3] [-- --only peers | own | full | many] [-- --tasks 1000000], the last for
// `many`. One million tasks take ten minutes or more.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine, table } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { fullStore, manyTasks, ownFigures } from './figures.ts'
import { peers } from './peers.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    tasks: { type: 'string', default: '100000' },
    workflows: { type: 'string', default: '100000' },
  },
})
const rounds = Number(values.rounds)
const isWanted = (section: string) => values.only === undefined || values.only === section
const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-'))
const figures: Figure[] = []
try {
  console.log(`${machine()}, ${rounds} rounds, medians\n`)
  if (isWanted('peers')) console.log(`${await peers(folder, rounds)}\n`)
  if (isWanted('own')) figures.push(...(await ownFigures(folder, rounds)))
  if (isWanted('full')) figures.push(...(await fullStore(folder, rounds, Number(values.workflows))))
  if (isWanted('many')) figures.push(...(await manyTasks(folder, Number(values.tasks))))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (figures.length > 0) {
  const rows = figures.map(({ what, asked, measured, reached }) => [what, asked, measured, reached ? 'yes' : 'NO'])
  console.log(table(['', 'asked', 'measured', 'reached'], 3, rows))
  console.log('')
  for (const { what, note } of figures) if (note !== undefined) console.log(`- ${what}: ${note}`)
}
