// Attacks what reads foreign bytes, and what rewrites them: npm run fuzz:ucan -- --minutes 10 --seed 1, npm run fuzz:wasm.
// A seed repeats a run. The work is done in a thread, so that one that hangs is seen and told of.
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Finding, Progress } from './fuzz/attempt.ts'
import { fuzz } from './fuzz/loop.ts'
import { fuzzWasm } from './wasm/fuzz/loop.ts'

const reportEveryMs = 500
const silenceMsMax = 20_000

const subjects = { ucan: fuzz, wasm: fuzzWasm }

interface Job {
  readonly subject: keyof typeof subjects
  readonly seed: number
  readonly until: number
}

if (isMainThread) await main()
else await work(workerData as Job)

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
    allowPositionals: true,
  })
  const subject = positionals[0] === 'wasm' ? 'wasm' : 'ucan'
  const minutes = Number(values.minutes)
  const first = values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed)
  if (!(minutes > 0) || !Number.isInteger(first))
    throw new RangeError('--minutes is a number over 0, --seed an integer')
  const until = Date.now() + minutes * 60_000
  let inputs = 0
  let accepted = 0
  // A new seed every minute, so that one that finds something is short to repeat.
  for (let seed = first; Date.now() < until; seed++) {
    const ended = await run({ subject, seed, until: Math.min(until, Date.now() + 60_000) })
    if ('problem' in ended) {
      console.error(`seed ${seed}: ${ended.target} ${ended.problem}\ninput (base64): ${ended.input}`)
      process.exitCode = 1
      return
    }
    inputs += ended.inputs
    accepted += ended.accepted
    console.log(`seed ${seed}: ${ended.inputs} inputs, ${ended.accepted} accepted as valid; ${inputs} in all`)
  }
  console.log(`${inputs} inputs, ${accepted} accepted as valid, nothing found; seeds from ${first}`)
}

function run(job: Job): Promise<Finding | Progress> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job })
    let inputs = 0
    const hangs = () => {
      void worker.terminate()
      resolve({ target: 'a reader', problem: `hangs, less than a second after ${inputs} inputs`, input: '' })
    }
    let watchdog = setTimeout(hangs, silenceMsMax)
    worker.on('message', (message: Finding | Progress | number) => {
      clearTimeout(watchdog)
      if (typeof message !== 'number') return resolve(message)
      inputs = message
      watchdog = setTimeout(hangs, silenceMsMax)
    })
    worker.on('error', reject)
  })
}

async function work({ subject, seed, until }: Job): Promise<void> {
  let told = Date.now()
  const ended = await subjects[subject](seed, ({ inputs }) => {
    if (Date.now() - told > reportEveryMs) {
      told = Date.now()
      parentPort?.postMessage(inputs)
    }
    return Date.now() < until
  })
  parentPort?.postMessage(ended)
}
