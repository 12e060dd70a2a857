import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Life } from '../check/evidence.ts'
import type { Line, Orders } from './line.ts'

/** A worker that has not ended for so long will not: every wait of a test workflow is far shorter. */
const lifeMilliseconds = 60_000

/** How a life of a worker ended. */
export interface EndedLife extends Life {
  /** It was not killed as planned, and was not done either: why. */
  readonly fault?: string
}

/** A worker in a process of its own. */
export interface RunningWorker {
  /** As the store's claim names it. */
  readonly owner: string
  readonly ended: Promise<EndedLife>
  /** The first line of a type, past or to come; rejects where it ended without. */
  heard<T extends Line['type']>(type: T): Promise<Extract<Line, { type: T }>>
  /** Lets a worker go on that waits for it. */
  go(): void
  /** Lets a worker end that stays. */
  leave(): void
  kill(): void
}

/** Starts a worker and hears it out; kills it from outside where its orders say so. `onLine` is told at once. */
export function startWorker(orders: Orders, onLine: (line: Line) => void = () => {}): RunningWorker {
  const path = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, [path, JSON.stringify(orders)], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'ipvm-crash-compile-cache') },
  })
  const kill = () => void child.kill('SIGKILL')
  const lines: Line[] = []
  const timers = [setTimeout(() => child.kill('SIGABRT'), lifeMilliseconds)]
  if (orders.kill?.at === 'any time') timers.push(setTimeout(kill, orders.kill.milliseconds))
  const heard = new EventTarget()
  createInterface(child.stdout).on('line', text => {
    const line = readLine(text)
    if (!line) return
    lines.push(line)
    if (line.type === 'open' && orders.kill?.at === 'any time while open') {
      timers.push(setTimeout(kill, orders.kill.milliseconds))
    }
    onLine(line)
    heard.dispatchEvent(new Event('line'))
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    complaint += text
  })
  // Whoever is killed reads no more.
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(([code, signal]): EndedLife => {
    for (const timer of timers) clearTimeout(timer)
    heard.dispatchEvent(new Event('end'))
    return {
      ...(orders.kill && { kill: orders.kill }),
      lines,
      killed: signal === 'SIGKILL',
      ...faultOf(code, signal, complaint),
    }
  })
  return {
    owner: String(child.pid),
    ended,
    heard: type => firstLine(lines, type, heard),
    go: () => void child.stdin.write('go\n'),
    leave: () => void child.stdin.end(),
    kill,
  }
}

/** Starts a worker and waits until it has ended or was killed. */
export function live(orders: Orders, onLine?: (line: Line) => void): Promise<EndedLife> {
  const worker = startWorker(orders, onLine)
  worker.leave()
  return worker.ended
}

function faultOf(code: unknown, signal: unknown, complaint: string): Pick<EndedLife, 'fault'> {
  if (signal === 'SIGKILL' || code === 0) return {}
  const how = signal === 'SIGABRT' ? 'it did not come to an end' : `it ended with ${code ?? signal}`
  return { fault: `${how}: ${complaint}` }
}

function firstLine<T extends Line['type']>(
  lines: readonly Line[],
  type: T,
  heard: EventTarget,
): Promise<Extract<Line, { type: T }>> {
  const isWanted = (line: Line): line is Extract<Line, { type: T }> => line.type === type
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = lines.find(isWanted)
      if (found) resolve(found)
    }
    heard.addEventListener('line', look)
    heard.addEventListener('end', () => reject(new Error(`the worker ended and never said "${type}"`)))
    look()
  })
}

/** A line that was cut off by a kill was not said. */
function readLine(text: string): Line | undefined {
  try {
    const line: Line = JSON.parse(text)
    return line
  } catch {
    return undefined
  }
}
