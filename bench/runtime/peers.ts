import { join } from 'node:path'
import { median, table } from '../measure.ts'
import { type RunningEngine, type Shape, startEngine } from './engine.ts'

interface Contender {
  readonly name: string
  readonly file: string
  /** What it takes part in. Homestar loses notifications, so that only what is short comes to an end. */
  readonly shapes: readonly Shape[]
}

const contenders: readonly Contender[] = [
  { name: 'ours', file: 'ours.engine.ts', shapes: ['chain', 'fan', 'ones', 'mixed'] },
  { name: 'Restate', file: 'restate.engine.mjs', shapes: ['chain', 'fan', 'ones'] },
  { name: 'DBOS', file: 'dbos.engine.mjs', shapes: ['chain', 'fan', 'ones'] },
  { name: 'Homestar', file: 'homestar.engine.ts', shapes: ['chain'] },
]

/** What every engine does in a round, and how the result is said. */
const rows = [
  { what: 'chain of 100 tasks, ms', shape: 'chain', amount: 100, repeated: false },
  { what: 'fan of 1,000 tasks, ms', shape: 'fan', amount: 1000, repeated: false },
  { what: '1,000 workflows of one task, 32 at a time, ms', shape: 'ones', amount: 1000, repeated: false },
  { what: 'the same 1,000 again, ms', shape: 'ones', amount: 1000, repeated: true },
  { what: 'mixed graph of 10,000 tasks, ms', shape: 'mixed', amount: 10_000, repeated: false },
] as const

interface Measured {
  readonly name: string
  readonly firstResult: number
  readonly memory: number
  readonly times: ReadonlyMap<string, readonly number[]>
}

/**
 * All engines side by side: each does a round of every shape in turn, all that are running otherwise idle. One that is
 * not installed or does not start is left out, and why is said.
 */
export async function peers(folder: string, rounds: number): Promise<string> {
  const running: { contender: Contender; engine: RunningEngine; memory: number; times: Map<string, number[]> }[] = []
  const left: string[] = []
  try {
    for (const contender of contenders) {
      process.stderr.write(`${contender.name} starts\n`)
      try {
        const engine = await startEngine(contender.file, join(folder, contender.name))
        running.push({ contender, engine, memory: engine.memory(), times: new Map() })
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown)
        left.push(`${contender.name} is left out: ${why.split('\n').slice(0, 6).join(' ')}`)
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const { what, shape, amount } of rows) {
        for (const { contender, engine, times } of running) {
          if (!contender.shapes.includes(shape)) continue
          const before = times.get(what) ?? []
          times.set(what, [...before, await engine.run(shape, amount, round * amount)])
        }
      }
      process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    }
  } finally {
    for (const { engine } of running) await engine.close()
  }
  const measured = running.map(({ contender: { name }, engine: { firstResult }, memory, times }) => {
    return { name, firstResult, memory, times }
  })
  return [tableOf(measured), ...left].join('\n\n')
}

function tableOf(measured: readonly Measured[]): string {
  const cells = (figureOf: (engine: Measured) => number) =>
    measured.map(engine => {
      const figure = figureOf(engine)
      return Number.isNaN(figure) ? '' : figure.toFixed(0)
    })
  const lines = rows.map(({ what }) => [what, ...cells(({ times }) => median(times.get(what) ?? []))])
  lines.push(['start to first result, empty, ms', ...cells(({ firstResult }) => firstResult)])
  lines.push(['memory after the first task, MiB', ...cells(({ memory }) => memory)])
  return table(['', ...measured.map(({ name }) => name)], measured.length, lines)
}
