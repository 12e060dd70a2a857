// Lets a node live through what seeds have for it: npm run simulate -- --seeds 10000 --from 1 --minutes 30 --bug missing-fsync.
// One seed with all that happened in it: npm run simulate -- --seed 7 --trace. The work is done by two processes.
// Several nodes that ask each other, in place of one: npm run simulate -- --islands.
import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { islandBugs, noIslandBug } from '../islands/bugs.ts'
import { simulateIslands } from '../islands/simulation.ts'
import { bugs, noBug } from './bugs.ts'
import { eventsMin, simulate, type Simulated } from './simulation.ts'
import { Tally } from './tally.ts'

const workers = 2
/** How many seeds a worker is given at a time. */
const batch = 5
const failuresMax = 10
/** Nearly all that a simulation makes is gone a moment later: it is collected less often where there is more room for that. */
const youngSpace = '--max-semi-space-size=64'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    events: { type: 'string', default: String(eventsMin) },
    bug: { type: 'string' },
    islands: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
})
const planted = values.islands ? islandBugs : bugs
const known = Object.keys(planted).join(', ')
if (values.bug !== undefined && !(values.bug in planted))
  throw new RangeError(`there is no bug ${values.bug}, but ${known}`)
const bug = bugs[values.bug ?? ''] ?? noBug
const islandBug = islandBugs[values.bug ?? ''] ?? noIslandBug

const events = natural('events', values.events)
/** What is said to have the same again, beside the seed. */
const options = [
  ...(values.bug === undefined ? [] : ['--bug', values.bug]),
  ...(values.islands ? ['--islands'] : ['--events', values.events]),
]

if (values.worker) work()
else if (values.seed !== undefined) await one(natural('seed', values.seed))
else await many(natural('seeds', values.seeds), natural('from', values.from), Number(values.minutes))

function simulateOne(seed: number, traces: boolean): Promise<Simulated> {
  return values.islands ? simulateIslands({ seed, traces, bug: islandBug }) : simulate({ seed, bug, events, traces })
}

function natural(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${name} is a whole number`)
  return number
}

/** The seed of a failure, step by step. */
async function one(seed: number): Promise<void> {
  const { problem, trace, hash, ...simulated } = await simulateOne(seed, values.trace)
  for (const line of trace) console.log(line)
  console.log(`seed ${seed}: ${problem ?? 'nothing found'} (${simulated.events} events, trace ${hash})`)
  if (problem !== undefined) process.exitCode = 1
}

/** Simulates the seeds that it is told of. */
function work(): void {
  process.on('message', async ({ from, seeds }: { from: number; seeds: number }) => {
    for (let seed = from; seed < from + seeds; seed++) {
      const { trace: _, ...simulated } = await simulateOne(seed, false)
      process.send?.(simulated)
    }
    process.send?.('done')
  })
}

async function many(seeds: number, from: number, minutes: number): Promise<void> {
  const began = performance.now()
  const until = began + minutes * 60_000
  const tally = new Tally(began, options.join(' '))
  let next = from
  const more = () => {
    const isOver = next >= from + seeds || performance.now() > until || tally.failures >= failuresMax
    if (isOver) return undefined
    const job = { from: next, seeds: Math.min(batch, from + seeds - next) }
    next += job.seeds
    return job
  }
  await Promise.all(Array.from({ length: workers }, () => employ(more, tally)))
  tally.report()
  if (tally.failures > 0) process.exitCode = 1
}

/** Has one process do jobs until there are none left. */
function employ(more: () => object | undefined, tally: Tally): Promise<void> {
  const execArgv = [...process.execArgv, youngSpace]
  const worker = fork(new URL(import.meta.url), ['--worker', ...options], { execArgv })
  return new Promise((resolve, reject) => {
    const employ = () => {
      const job = more()
      if (job) worker.send(job)
      else worker.disconnect()
    }
    worker.on('message', (message: 'done' | Simulated) => {
      if (message === 'done') employ()
      else tally.add(message)
    })
    worker.on('exit', code => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))))
    employ()
  })
}
