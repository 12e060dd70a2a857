// How long it takes until all of twenty nodes have heard of something, beside gossipsub as it comes.
import { setTimeout as wait } from 'node:timers/promises'
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { ratioFigure, ratios, round } from './figures.ts'
import type { Gossip } from './gossip.program.ts'
import { endAll, startProgram, type Program } from './program.ts'

const processes = 4
const nodes = 20
/** Each node dials those that are so many places further: six connections for each, as many as gossipsub wants. */
const steps = [1, 4, 9]

/** Receipts by turns through both, each told by another node; the time until the last of the others has it. */
export async function gossipFigures(rounds: number, each: number): Promise<readonly Figure[]> {
  const raw = await startAll('raw')
  const ours = await startAll('ours')
  try {
    // Until everyone knows who takes part, and meshes are what they will be.
    await Promise.all([met(raw), met(ours)])
    await wait(3000)
    const times = { raw: [] as number[], ours: [] as number[] }
    for (let n = -1; n < rounds; n++) {
      const some = { raw: [] as number[], ours: [] as number[] }
      for (let i = 0; i < each; i++) {
        const number = (n + 1) * each + i
        some.raw.push(await spread(raw, number))
        some.ours.push(await spread(ours, number))
      }
      if (n < 0) continue
      times.raw.push(median(some.raw))
      times.ours.push(median(some.ours))
    }
    const note =
      `${round(median(times.ours))} ms of ${round(median(times.raw))} of gossipsub alone; ${processes} processes of ` +
      `${nodes / processes} nodes, ${steps.length * 2} connections each; our nodes verify what they pass on`
    return [
      ratioFigure(`a receipt reaches ${nodes} nodes, of raw gossip`, {
        ...{ asked: '≤ 3', ratios: ratios(times.ours, times.raw), note },
      }),
    ]
  } finally {
    await endAll([...raw, ...ours])
  }
}

type Programs = readonly Program<Gossip>[]

async function startAll(kind: 'raw' | 'ours'): Promise<Programs> {
  const programs = await Promise.all(
    Array.from({ length: processes }, () => startProgram<Gossip>('gossip.program.ts', [kind])),
  )
  const each = nodes / processes
  const addresses = (await Promise.all(programs.map(program => program.ask('open', each)))).flat()
  for (const step of steps) {
    for (let from = 0; from < nodes; from++) {
      const to = addresses[(from + step) % nodes] ?? ''
      await programs[Math.floor(from / each)]?.ask('connect', { from: from % each, to })
    }
  }
  return programs
}

async function met(programs: Programs): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const others = (await Promise.all(programs.map(program => program.ask('others', undefined)))).flat()
    if (others.every(count => count >= steps.length * 2)) return
    await wait(100)
  }
  throw new Error('the nodes do not all know each other')
}

/** Milliseconds from when one told it until the last of the others had it. */
async function spread(programs: Programs, number: number): Promise<number> {
  const each = nodes / processes
  const from = (number * 7) % nodes
  const began = await programs[Math.floor(from / each)]?.ask('publish', { from: from % each, number })
  const heard: number[] = []
  for (let tries = 0; tries < 500 && heard.length < nodes - 1; tries++) {
    await wait(10)
    const more = await Promise.all(programs.map(program => program.ask('heard', undefined)))
    heard.push(...more.flat())
  }
  if (heard.length !== nodes - 1) throw new Error(`${heard.length} of ${nodes - 1} have heard it`)
  return Math.max(...heard) - (began ?? Number.NaN)
}
