// Function URLs beside bare hono.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { processorTime } from './processor.ts'
import { median, row, table } from '../measure.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const ipvm = join(root, 'packages/cli/bin/ipvm.js')

/** What one measurement gave. */
export interface Load {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly wrong: readonly string[]
}

/** What a server used of a processor for each answer, microseconds, all of its threads together (Linux). */
interface Spent extends Load {
  readonly cpu: number
}

interface Server {
  readonly child: ChildProcess
  readonly url: string
}

/** Starts a program that says where it serves. */
export async function started(args: readonly string[], env: Record<string, string> = {}): Promise<Server> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    const hear = (text: Buffer) => {
      said += text
      const found = /Serving at (\S+)/.exec(said)
      if (found?.[1]) resolve(found[1])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', () => reject(new Error(said)))
  })
  // What it tells costs it nothing to speak of, and nobody listens.
  child.stdout.resume()
  child.stderr.resume()
  return { child, url }
}

/** Ends a program. */
export async function ended({ child }: Pick<Server, 'child'>): Promise<void> {
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}

async function load({ url, child }: Server, milliseconds: number, from?: number): Promise<Spent> {
  const args = ['--url', `${url}/fn/add`, '--milliseconds', String(milliseconds)]
  const before = processorTime(child.pid ?? 0)
  const more = from === undefined ? [] : ['--from', String(from)]
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'load.ts'), ...args, ...more])
  const found: Load & { count: number } = JSON.parse(stdout)
  return { ...found, cpu: ((processorTime(child.pid ?? 0) - before) * 1000) / found.count }
}

/** A node with the function URL `add`. */
export async function servedNode(folder: string): Promise<Server> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'add.mjs')
  copyFileSync(join(root, 'guests/add/add.wasm'), join(folder, 'add.wasm'))
  writeFileSync(
    path,
    `import { readFileSync } from 'node:fs'
import { workflow } from ${JSON.stringify(join(root, 'packages/workflow/src/index.ts'))}
const mod = readFileSync(new URL('add.wasm', import.meta.url))
export default workflow('add', ({ task }) => {
  const n = task('n', { cmd: '/event/get', args: { select: '.data.body' } })
  task('response', { mod: new Uint8Array(mod), fun: 'add-one', params: [n] })
})`,
  )
  const env = { IPVM_HOME: join(folder, 'home') }
  await run(process.execPath, [ipvm, 'on', 'http', 'add', path], { env: { ...process.env, ...env } })
  return started([ipvm, 'up', '--port', '0'], env)
}

/** Identical and distinct requests to a function URL beside the peer, in turns; medians of the rounds. */
export async function functions(folder: string, rounds: number, milliseconds: number): Promise<string> {
  const ours = await servedNode(join(folder, 'functions'))
  const peer = await started([join(import.meta.dirname, 'hono.ts')])
  try {
    let from = 1000
    const distinct = async (time: number) => {
      const found = await load(ours, time, from)
      from += 1_000_000
      return found
    }
    const turns = {
      'bare hono': (time: number) => load(peer, time),
      'a function, identical requests': (time: number) => load(ours, time),
      'a function, distinct requests': distinct,
    }
    for (const turn of Object.values(turns)) await turn(milliseconds / 2)
    const all = new Map<string, Spent[]>()
    for (let round = 0; round < rounds; round++) {
      for (const [name, turn] of Object.entries(turns))
        all.set(name, [...(all.get(name) ?? []), await turn(milliseconds)])
    }
    return told(all)
  } finally {
    await Promise.all([ended(ours), ended(peer)])
  }
}

function told(all: ReadonlyMap<string, readonly Spent[]>): string {
  const [bare = []] = all.values()
  const wrong = [...all.values()].flat().flatMap(({ wrong: some }) => some)
  const rows = [...all].map(([name, loads]) => {
    const ratio = median(loads.map(({ perSecond }, i) => perSecond / (bare[i]?.perSecond ?? Number.NaN)))
    const [perSecond, p50, p99, cpu = 0] = (['perSecond', 'p50', 'p99', 'cpu'] as const).map(key =>
      median(loads.map(one => one[key])),
    )
    const work = median(loads.map((one, i) => (bare[i]?.cpu ?? Number.NaN) / one.cpu))
    const spread = (p99 ?? 0) / (p50 ?? 1)
    const ratios = [`${ratio.toFixed(2)}×`, `${work.toFixed(2)}×`, `${spread.toFixed(1)}×`]
    return [name, ...figures([perSecond, p50, p99]), cpu.toFixed(0), ...ratios]
  })
  const head = ['', 'answers/s', 'p50 ms', 'p99 ms', 'CPU µs', 'of bare hono', 'by CPU', 'p99 / p50']
  return table(head, 7, rows) + (wrong.length > 0 ? `\n${row(['WRONG', ...wrong])}` : '')
}

function figures([perSecond = 0, ...times]: readonly (number | undefined)[]): readonly string[] {
  return [perSecond.toFixed(0), ...times.map(time => (time ?? 0).toFixed(2))]
}
