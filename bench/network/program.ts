// Whatever is measured lives in a process of its own; this file is both ends of the line to it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { processorTime } from '../events/processor.ts'

/** What a program does when it is asked, by names. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>

interface Request {
  readonly number: number
  readonly name: string
  readonly argument: never
}

interface Reply<T> {
  readonly number: number
  readonly value?: T
  readonly failure?: string
}

/** The program's end: does as it is asked until its other end is gone. What handlers throw is told to whoever asked. */
export function answer(handlers: Handlers): void {
  process.on('disconnect', () => process.exit())
  // So that a profile is written, where one was asked for.
  process.on('SIGTERM', () => process.exit())
  process.on('message', async ({ number, name, argument }: Request) => {
    try {
      process.send?.({ number, value: await handlers[name]?.(argument) })
    } catch (thrown) {
      process.send?.({ number, failure: thrown instanceof Error ? thrown.stack : String(thrown) })
    }
  })
  process.send?.({ number: 0 })
}

/** The bench's end of the line. */
export interface Program<H extends Handlers> {
  readonly pid: number
  ask<N extends keyof H & string>(name: N, argument: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>>
  /** Milliseconds of processor that it has used so far, all of its threads together. */
  processor(): number
  /** MiB that it has for itself: its proportional set size. */
  memory(): number
  end(): Promise<void>
}

/**
 * Starts a program from its file. Rejects with what it said, where it does not start.
 *
 * @param flags for Node, such as `--cpu-prof`
 */
export async function startProgram<H extends Handlers>(
  file: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Program<H>> {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'ipvm-bench-code') }
  const child = fork(join(import.meta.dirname, file), [...args], {
    ...{ env, execArgv: [...flags], serialization: 'advanced' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.on('data', chunk => {
    said = `${said}${chunk}`.slice(-4000)
  })
  const waiting = new Map<number, (reply: Reply<never>) => void>()
  let isEnding = false
  const ended = once(child, 'exit').then(([code, signal]) => {
    if (!isEnding) process.stderr.write(`${file} ended by itself (${code ?? signal}): ${said}\n`)
    for (const [number, settle] of waiting) settle({ number, failure: `${file} ended (${code ?? signal}): ${said}` })
  })
  child.on('message', (reply: Reply<never>) => {
    waiting.get(reply.number)?.(reply)
    waiting.delete(reply.number)
  })
  let number = -1
  const replied = async () => {
    number += 1
    const { promise, resolve } = Promise.withResolvers<Reply<never>>()
    waiting.set(number, resolve)
    const asked = { number, reply: promise }
    return asked
  }
  const valueIn = async (reply: Promise<Reply<never>>) => {
    const { value, failure } = await reply
    if (failure !== undefined) throw new Error(`${file}: ${failure}`)
    return value ?? (undefined as never)
  }
  await valueIn((await replied()).reply)
  const pid = child.pid ?? 0
  return {
    pid,
    ask: async (name, argument) => {
      const asked = await replied()
      child.send({ number: asked.number, name, argument })
      return valueIn(asked.reply)
    },
    processor: () => processorTime(pid),
    memory: () => memoryOf(pid),
    end: async () => {
      isEnding = true
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}

/** The proportional set size of a process, MiB; NaN where the system does not tell. */
function memoryOf(pid: number): number {
  const rollup = `/proc/${pid}/smaps_rollup`
  if (!existsSync(rollup)) return Number.NaN
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(rollup, 'utf8'))?.[1]) / 1024
}

/** What this process holds once all garbage is gone, MiB. */
export function heldMemory(): { readonly heap: number; readonly outside: number; readonly rss: number } {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed / 2 ** 20, outside: external / 2 ** 20, rss: rss / 2 ** 20 }
}

/** Milliseconds of processor that this process has used since, all of its threads together. */
export function processorSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Ends programs, whatever became of them. */
export async function endAll(programs: readonly { end(): Promise<void> }[]): Promise<void> {
  await Promise.all(programs.map(program => program.end()))
}
