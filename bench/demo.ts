// The demo's two workflows and a chain of a hundred additions, on a running Homestar 0.3 and on a running engine of
// ours, with the same guests (bench/guests/image-plain.wasm, guests/add/add.wasm) and the same picture.
//
// What is compared is the engine: the time from submission to the last receipt, less the time that the bare guest takes
// in V8 (compiled and run in a fresh thread, each function once, in a fresh instance). Rounds are interleaved: bare,
// ours, Homestar. Each round of ours opens a new node on an empty store and has it add one number, so that it is
// running; the picture's module is new to it in every round. Homestar keeps running, its tasks told apart by their
// nonce; it compiles a module for every task by design. Homestar is fed over WebSocket on loopback, ours by a call in
// this process, which saves it about a millisecond. Medians of the rounds.
//
// The physical limit of the chain is a hundred appends to a file, each forced to the disk: a receipt that is durable
// costs that much at least. Run it: npm run bench:demo [-- --rounds 5]
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { workflow, type TaskHandle } from '@ipvm/workflow'
import {
  type Argument,
  type Homestar,
  result,
  runHomestar,
  startHomestar,
  task,
  type Task,
  untilNothingIsLost,
} from './homestar.ts'
import { machine, median, table, timed } from './measure.ts'
import { openNode, runOurs } from './ours.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
const chainLength = 100
const crop = [150, 350, 500, 500] as const
const sigma = 6

const read = (path: string) => readFile(new URL(path, import.meta.url))
const image = await read('guests/image-plain.wasm')
const add = await read('../guests/add/add.wasm')
const photo = await read('../examples/portrait/portrait.png')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-'))

interface Times {
  readonly one: number
  readonly two: number
  readonly replay: number
}

interface ChainTimes {
  readonly chain: number
  readonly chainReplay: number
}

/** The guest by itself: no engine, no store, no receipts. */
async function bare(): Promise<{ readonly one: number; readonly two: number }> {
  const worker = new Worker(new URL('bare-guest.ts', import.meta.url), { workerData: { crop, sigma } })
  const [times] = await new Promise<[{ one: number; two: number }]>((resolve, reject) => {
    worker.once('message', (...message: [{ one: number; two: number }]) => resolve(message))
    worker.once('error', reject)
  })
  await worker.terminate()
  return times
}

async function ours(round: number): Promise<Times & ChainTimes> {
  const node = await openNode(join(folder, `node-${round}`))
  const mod = await node.put(image)
  const picture = await node.put(photo)
  const addition = await node.put(add)
  const portrait = (name: string, last: string, ...more: number[]) =>
    workflow(name, ({ task: step }) => {
      const cropped = step('crop', { mod, fun: 'crop', params: [picture, ...crop] })
      const turned = step('rotate90', { mod, fun: 'rotate90', params: [cropped] })
      step(last, { mod, fun: last, params: [turned, ...more] })
    })
  const chained = workflow('chain', ({ task: step }) => {
    let before: TaskHandle | number = 0
    for (let i = 0; i < chainLength; i++) before = step(`add${i}`, { mod: addition, fun: 'add-one', params: [before] })
  })
  try {
    await runOurs(
      node,
      workflow('warm', ({ task: step }) => void step('add', { mod: addition, fun: 'add-one', params: [-1] })),
    )
    const one = await timed(() => runOurs(node, portrait('one', 'blur', sigma)))
    const two = await timed(() => runOurs(node, portrait('two', 'grayscale')))
    const replay = await timed(() => runOurs(node, portrait('one', 'blur', sigma)))
    const chain = await timed(() => runOurs(node, chained))
    const chainReplay = await timed(() => runOurs(node, chained))
    return { one, two, replay, chain, chainReplay }
  } finally {
    await node.close()
  }
}

async function theirs(homestar: Homestar, nonce: string): Promise<Times> {
  const mod = homestar.put(image)
  const picture: Argument = { '/': homestar.put(photo) }
  const portrait = (last: string, ...more: number[]) => {
    const cropped = task(mod, 'crop', [picture, ...crop], nonce)
    const turned = task(mod, 'rotate90', [result(cropped)], nonce)
    return [cropped, turned, task(mod, last, [result(turned), ...more], nonce)]
  }
  const one = await timed(() => runHomestar(homestar, portrait('blur', sigma)))
  const two = await timed(() => runHomestar(homestar, portrait('grayscale')))
  const replay = await timed(() => runHomestar(homestar, portrait('blur', sigma)))
  return { one, two, replay }
}

async function theirChain(homestar: Homestar, nonce: string): Promise<ChainTimes> {
  const mod = homestar.put(add)
  const tasks: Task[] = []
  for (let i = 0; i < chainLength; i++) {
    const before = tasks.at(-1)
    tasks.push(task(mod, 'add-one', [before ? result(before) : 0], nonce))
  }
  const chain = await timed(() => runHomestar(homestar, tasks, 180_000))
  const chainReplay = await timed(() => runHomestar(homestar, tasks))
  return { chain, chainReplay }
}

/** A hundred appends, each on the disk before the next. */
async function durableAppends(): Promise<number> {
  const file = await open(join(folder, `appends-${performance.now()}`), 'a')
  try {
    return await timed(async () => {
      for (let i = 0; i < chainLength; i++) {
        await file.write(new Uint8Array(700))
        await file.datasync()
      }
    })
  } finally {
    await file.close()
  }
}

function row(name: string, our: number, their: number, guest: number): string[] {
  const [mine, theirs_] = [our - guest, their - guest]
  const cells = [name, our.toFixed(1), their.toFixed(1), guest.toFixed(1), mine.toFixed(1), theirs_.toFixed(1)]
  return [...cells, (mine / theirs_).toFixed(3)]
}

await mkdir(folder, { recursive: true })
const homestar = await startHomestar(join(folder, 'homestar'))
const all = {
  bare: [] as { one: number; two: number }[],
  ours: [] as (Times & ChainTimes)[],
  theirs: [] as Times[],
  appends: [] as number[],
}
try {
  for (let round = 0; round < rounds; round++) {
    all.bare.push(await bare())
    all.ours.push(await ours(round))
    all.theirs.push(await untilNothingIsLost(10 * rounds, nonce => theirs(homestar, nonce)))
    all.appends.push(await durableAppends())
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
  process.stderr.write(`the chain on Homestar (about a minute)\n`)
  const chain = await untilNothingIsLost(10 * rounds, nonce => theirChain(homestar, nonce))
  const of = <K extends string>(list: readonly Readonly<Record<K, number>>[], key: K) =>
    median(list.map(item => item[key]))
  const guestOne = of(all.bare, 'one')
  const guestTwo = of(all.bare, 'two')
  console.log(`${machine()}, ${rounds} rounds, medians, milliseconds`)
  console.log('')
  const head = ['', 'ours', 'Homestar', 'bare guest', 'our engine', 'their engine', 'ratio']
  const rows = [
    row('one: crop, rotate90, blur', of(all.ours, 'one'), of(all.theirs, 'one'), guestOne),
    row('two: two reused, grayscale', of(all.ours, 'two'), of(all.theirs, 'two'), guestTwo),
    row('replay of one', of(all.ours, 'replay'), of(all.theirs, 'replay'), 0),
    row('chain of 100 add-one', of(all.ours, 'chain'), chain.chain, 0),
    row('replay of the chain', of(all.ours, 'chainReplay'), chain.chainReplay, 0),
  ]
  console.log(table(head, 6, rows))
  console.log('')
  console.log(
    `Limit of the chain: 100 durable appends take ${median(all.appends).toFixed(1)} ms; ours is ${(of(all.ours, 'chain') / median(all.appends)).toFixed(2)} × that.`,
  )
} finally {
  await homestar.stop()
  rmSync(folder, { recursive: true, force: true })
}
