// What the executor costs, beside bare V8, jco and Homestar 0.3. Each figure with what is asked of it.
//
// 1. The meter: the same bytes as they are and rewritten, in instances that are kept. Kernels in C, the image guest, and one
//    JavaScript under QuickJS and under SpiderMonkey (jco's JavaScript drives both kinds of core modules alike). The fastest
//    of many calls, in turns.
// 2. A fresh instance and a call, of a component that is prepared. Processor time of the process over 3,000 calls, with
//    what collecting the instances takes, which is most of it; medians of the rounds.
// 3. The first call of a component, from its bytes to the result; the process is warm, the component unknown. The
//    fastest round.
// 4. Rewriting, the fastest round. 5. A megabyte of argument, the fastest call. 6. A whole task, medians.
//
// One process and one thread but for 6, and contenders take turns, so that whatever else the machine does strikes all.
// The JavaScript guests are built the first time, which takes half a minute, and kept in bench/wasm/.cache.
// Run it: npm run bench:wasm [-- --rounds 9] [-- --only metering], the latter for one of the sections below
import { parseArgs } from 'node:util'
import { machine, table } from '../measure.ts'
import { argument } from './argument.ts'
import type { Figure } from './figure.ts'
import { firstCall } from './first-call.ts'
import { fresh } from './fresh.ts'
import type { Peers } from './jco.ts'
import { metering } from './metering.ts'
import { rewriting } from './rewriting.ts'
import { wholeTask } from './task.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } })
const rounds = Number(values.rounds)
const peers: Peers = await import(new URL('peers.mjs', import.meta.url).href)

const sections: Readonly<Record<string, () => Figure[] | Promise<Figure[]>>> = {
  metering: () => metering(peers, rounds),
  fresh: () => fresh(peers, rounds),
  'first-call': () => firstCall(peers, rounds),
  rewriting: () => rewriting(peers, rounds),
  argument: () => argument(rounds),
  task: () => wholeTask(rounds),
}

const figures: Figure[] = []
for (const [name, section] of Object.entries(sections)) {
  if (values.only !== undefined && values.only !== name) continue
  process.stderr.write(`${name}\n`)
  figures.push(...(await section()))
}
console.log(`${machine()}, ${rounds} rounds\n`)
const rows = figures.map(({ what, asked, measured, reached }) => [what, asked, measured, reached ? 'yes' : 'NO'])
console.log(table(['', 'asked', 'measured', 'reached'], 2, rows))
console.log('')
for (const { what, note } of figures) if (note !== undefined) console.log(`- ${what}: ${note}`)
