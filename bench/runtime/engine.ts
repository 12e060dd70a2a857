// An engine under test lives in a process of its own, with whatever it starts; this file is both ends of the line to it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What an engine can be asked to do. Each resolves when the caller may rely on the result: it is durable. */
export interface Engine {
  /** One workflow of so many tasks, one after the other. */
  readonly chain: (length: number) => Promise<void>
  /** One workflow of so many tasks that wait for nothing. */
  readonly fan: (width: number) => Promise<void>
  /** One workflow of so many tasks, nine of ten of which wait for one or two others. */
  readonly mixed?: (count: number) => Promise<void>
  /** A workflow of one task, the one of this number. */
  readonly one?: (number: number) => Promise<void>
  /** Figures that only this engine has. */
  readonly extra?: (name: string, amount: number) => Promise<Readonly<Record<string, number>>>
  readonly close: () => Promise<void>
}

/** The work that engines are compared by. `ones` are so many workflows of one task, 32 at a time. */
export type Shape = 'chain' | 'fan' | 'mixed' | 'ones'

interface Request {
  readonly shape: Shape | 'extra' | 'close'
  readonly amount: number
  /** The number of the first of `ones`: the same numbers again are known results. */
  readonly first?: number
  readonly name?: string
}

interface Reply {
  readonly figures?: Readonly<Record<string, number>>
  readonly failure?: string
}

/** How many workflows of one task are in flight at once. */
const inFlight = 32

/** The engine's end: opens it, has it do one task, and does as it is asked until it is closed. */
export async function serve(open: (folder: string) => Promise<Engine>): Promise<void> {
  const engine = await open(process.argv[2] ?? '')
  process.on('message', async (request: Request) => {
    try {
      process.send?.({ figures: await answer(engine, request) })
    } catch (thrown) {
      process.send?.({ failure: thrown instanceof Error ? thrown.message : String(thrown) })
    }
    if (request.shape === 'close') process.exit()
  })
  await engine.fan(1)
  process.send?.({})
}

async function answer(engine: Engine, { shape, amount, first = 0, name = '' }: Request) {
  if (shape === 'extra') return (await engine.extra?.(name, amount)) ?? {}
  const start = performance.now()
  const { one } = engine
  if (shape === 'ones' && one) {
    let next = 0
    const work = async () => {
      while (next < amount) await one(first + next++)
    }
    await Promise.all(Array.from({ length: inFlight }, work))
  } else if (shape !== 'ones') {
    const work = shape === 'close' ? engine.close : engine[shape]
    if (!work) throw new Error(`it has no ${shape}`)
    await work(amount)
  }
  return { milliseconds: performance.now() - start }
}

/** The bench's end of the line. */
export interface RunningEngine {
  /** Milliseconds from the start of the process to the first durable result. */
  readonly firstResult: number
  /** Milliseconds that a shape took. */
  run(shape: Shape, amount: number, first?: number): Promise<number>
  extra(name: string, amount: number): Promise<Readonly<Record<string, number>>>
  /** MiB that its processes have for themselves, shared memory by halves; NaN where the system does not tell. */
  memory(): number
  close(): Promise<void>
}

/** Starts an engine from its file, with what it keeps in `folder`. Rejects with what it said, where it does not start. */
export async function startEngine(file: string, folder: string): Promise<RunningEngine> {
  const began = performance.now()
  // Compiled code is kept from the second start on, as our command does by itself.
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'ipvm-bench-code'),
  }
  const child = fork(new URL(file, import.meta.url), [folder], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.on('data', chunk => {
    said = `${said}${chunk}`.slice(-2000)
  })
  const ended = once(child, 'exit')
  const died = ended.then((): Reply => ({ failure: `the process ended: ${said}` }))
  const reply = async (): Promise<Readonly<Record<string, number>>> => {
    const told = new Promise<Reply>(resolve => child.once('message', (message: Reply) => resolve(message)))
    const { figures = {}, failure } = await Promise.race([told, died])
    if (failure !== undefined) throw new Error(failure)
    return figures
  }
  const ask = (request: Request) => {
    const answered = reply()
    child.send(request)
    return answered
  }
  await reply()
  return {
    firstResult: performance.now() - began,
    run: async (shape, amount, first = 0) => (await ask({ shape, amount, first })).milliseconds ?? Number.NaN,
    extra: (name, amount) => ask({ shape: 'extra', amount, name }),
    memory: () => memoryOf(child.pid ?? 0),
    close: async () => {
      if (child.exitCode !== null) return
      child.send({ shape: 'close', amount: 0 })
      await ended
    },
  }
}

/** The proportional set size of a process and all that it started, MiB. */
function memoryOf(pid: number): number {
  const rollup = `/proc/${pid}/smaps_rollup`
  if (!existsSync(rollup)) return Number.NaN
  const kibibytes = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(rollup, 'utf8'))?.[1])
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + memoryOf(Number(child)), kibibytes / 1024)
}
