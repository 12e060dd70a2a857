// Tries to have done what nobody may have done: npm run attempts -- --runs 100000 --seed 1. One of them again:
// npm run attempts -- --seed 1 --only 7. The work is done by two processes.
import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { attemptsOn, attemptsPerNode, complaint, type Attempted } from './attempt.ts'
import { Tally } from './tally.ts'

const failuresMax = 20
/** Nearly all that an attempt makes is gone a moment later. */
const youngSpace = '--max-semi-space-size=64'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    only: { type: 'string' },
    worker: { type: 'boolean', default: false },
  },
})
const seed = natural('seed', values.seed)

if (values.worker) work()
else if (values.only !== undefined) await one(natural('only', values.only))
else await many(natural('runs', values.runs), natural('jobs', values.jobs))

function natural(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${name} is a whole number`)
  return number
}

/** One attempt, after those that its node had seen before. */
async function one(number: number): Promise<void> {
  const first = number - (number % attemptsPerNode)
  const numbers = Array.from({ length: number - first + 1 }, (_, i) => first + i)
  const made = (await attemptsOn(seed, numbers)).at(-1)
  const wrong = made && complaint(made)
  console.log(made)
  console.log(wrong ?? 'nothing was done that nobody may have done, and it was done where somebody may')
  if (wrong !== undefined) process.exitCode = 1
}

/** Makes the attempts that it is told of. */
function work(): void {
  process.on('message', async ({ from, runs }: { from: number; runs: number }) => {
    const numbers = Array.from({ length: runs }, (_, i) => from + i)
    process.send?.(await attemptsOn(seed, numbers))
  })
}

async function many(runs: number, jobs: number): Promise<void> {
  const tally = new Tally(seed, performance.now())
  let next = 0
  const more = () => {
    if (next >= runs || tally.failures >= failuresMax) return undefined
    const job = { from: next, runs: Math.min(attemptsPerNode, runs - next) }
    next += job.runs
    return job
  }
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, () => employ(more, tally)))
  tally.report()
  if (tally.failures > 0) process.exitCode = 1
}

/** Has one process do jobs until there are none left. */
function employ(more: () => object | undefined, tally: Tally): Promise<void> {
  const execArgv = [...process.execArgv, youngSpace]
  const worker = fork(new URL(import.meta.url), ['--worker', '--seed', values.seed], { execArgv })
  return new Promise((resolve, reject) => {
    const employ = () => {
      const job = more()
      if (job) worker.send(job)
      else worker.disconnect()
    }
    worker.on('message', (made: readonly Attempted[]) => {
      for (const one of made) tally.add(one)
      employ()
    })
    worker.on('exit', code => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))))
    employ()
  })
}
