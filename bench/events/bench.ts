// What events cost. A function URL beside bare hono that answers with the same bytes: ours is `ipvm up` with a workflow of
// /event/get and one Wasm function (guests/add), whose threads are warm; each request is read, made an event, and
// answered by the function's result: by what is known of it where the request is the same as before (identical), by a run
// of the function in an instance of its own, with a signed receipt, where it is not (distinct). Bare hono answers 42, and does
// not read the body. The load comes from a process of its own over 16 connections, one request at a time on each. All take
// turns; medians of the rounds, ratios of each round to bare hono in the same one. On a machine of two cores the load
// takes one of them from whomever it asks; so there is also what the server used of a processor for each answer, all of its
// threads together, which depends less on what else the machine does.
//
// Then what `ipvm up` uses of a processor while schedules wait, and how long a run takes that reads and writes one value
// among few and among many.
//
// Run it: npm run bench:events [-- --rounds 3] [-- --only functions | idle | values] [-- --values 1000000]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine } from '../measure.ts'
import { functions } from './functions.ts'
import { idle } from './idle.ts'
import { values as ownValues } from './values.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    milliseconds: { type: 'string', default: '4000' },
    values: { type: 'string', default: '1000000' },
    schedules: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
  },
})
const isWanted = (section: string) => values.only === undefined || values.only === section
const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-events-'))
try {
  console.log(`${machine()}, ${values.rounds} rounds, medians\n`)
  if (isWanted('functions'))
    console.log(`${await functions(folder, Number(values.rounds), Number(values.milliseconds))}\n`)
  if (isWanted('idle')) console.log(`${await idle(folder, [0, Number(values.schedules)], Number(values.seconds))}\n`)
  if (isWanted('values')) console.log(await ownValues(folder, [1000, Number(values.values)], 200))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
