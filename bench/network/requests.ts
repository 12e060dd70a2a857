// One task for each request: cold ones beside what the node does by itself, and known ones beside a bare echo that has verified
// one signature.
import { join } from 'node:path'
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { read } from '../wasm/guests.ts'
import type { Caller } from './caller.program.ts'
import type { Echo } from './echo.program.ts'
import { ratioFigure, ratios, round } from './figures.ts'
import type { OurNode } from './node.program.ts'
import { endAll, startProgram, type Program } from './program.ts'

const connections = 32
/** How many of each in a round; memo hits, and echoes, are the same bodies. */
const all = { cold: 3000, memo: 10_000, single: 300 }
/** How many tasks are known, of which memo hits are. */
const known = 500

/** What one round gives of each way. */
interface Measured {
  readonly perSecond: number
  readonly p50: number
  /** Microseconds of processor of the server for each answer, and of whoever asks. */
  readonly server: number
  readonly load: number
}

const ways = ['echo', 'verified', 'local', 'cold', 'memo', 'echo1', 'local1', 'cold1'] as const
type Way = (typeof ways)[number]

/** The figures of § Speed that are about requests over HTTP. */
export async function requestFigures(folder: string, rounds: number): Promise<readonly Figure[]> {
  const [echo, node, caller] = [
    await startProgram<Echo>('echo.program.ts'),
    await startProgram<OurNode>('node.program.ts', [join(folder, 'requests')]),
    await startProgram<Caller>('caller.program.ts'),
  ]
  try {
    const parties = await introduce(echo, node, caller)
    const rows = new Map<Way, Measured[]>(ways.map(way => [way, []]))
    for (let n = -1; n < rounds; n++) {
      // The first one warms up, and is short.
      const measured = await oneRound(parties, n + 1, n < 0 ? 0.2 : 1)
      if (n >= 0) for (const way of ways) rows.get(way)?.push(measured[way])
      process.stderr.write(`requests: round ${n + 1} of ${rounds}\n`)
    }
    return figuresOf(rows)
  } finally {
    await endAll([echo, node, caller])
  }
}

interface Parties {
  readonly echo: Program<Echo>
  readonly node: Program<OurNode>
  readonly caller: Program<Caller>
  readonly url: { readonly echo: string; readonly node: string }
  readonly mod: string
}

async function introduce(echo: Program<Echo>, node: Program<OurNode>, caller: Program<Caller>): Promise<Parties> {
  const { url, did } = await node.ask('about', undefined)
  const { did: who, key } = await caller.ask('key', undefined)
  await echo.ask('trust', key)
  const mod = await node.ask('put', read('guests/add/add.wasm'))
  await caller.ask('askOf', { did, grant: await node.ask('grant', who), mod })
  await node.ask('local', { mod, from: 0, count: known, atOnce: connections })
  return { echo, node, caller, mod, url: { node: url, echo: await echo.ask('url', undefined) } }
}

async function oneRound(parties: Parties, number: number, share: number): Promise<Record<Way, Measured>> {
  const { caller, echo, node, mod, url } = parties
  const fresh = 1_000_000 * (number + 1)
  const counts = { cold: all.cold * share, memo: all.memo * share, single: all.single * share }
  const batches = [
    { name: 'memo', count: counts.memo, from: 0, distinct: known },
    { name: 'cold', count: counts.cold, from: fresh, distinct: counts.cold },
    { name: 'single', count: counts.single, from: fresh + 100_000, distinct: counts.single },
  ]
  for (const batch of batches) await caller.ask('sign', batch)
  const sent = async (name: string, to: 'echo' | 'node', path: string, at = connections): Promise<Measured> => {
    const server = to === 'echo' ? echo : node
    const before = server.processor()
    const isOurs = to === 'node'
    const done = await caller.ask('load', { name, url: `${url[to]}${path}`, connections: at, isOurs })
    if (done.wrong.length > 0) throw new Error(`${name} at ${url[to]}${path} went wrong: ${done.wrong[0]}`)
    const used = ((server.processor() - before) * 1000) / done.count
    return { perSecond: done.perSecond, p50: done.p50, server: used, load: done.processor }
  }
  const local = async (from: number, count: number, atOnce: number): Promise<Measured> => {
    const before = node.processor()
    const done = await node.ask('local', { mod, from, count, atOnce })
    return { ...done, server: ((node.processor() - before) * 1000) / count, load: 0 }
  }
  return {
    echo: await sent('memo', 'echo', ''),
    verified: await sent('memo', 'echo', 'verified'),
    local: await local(fresh + 200_000, counts.cold, connections),
    cold: await sent('cold', 'node', '?wait=10'),
    memo: await sent('memo', 'node', '?wait=10'),
    echo1: await sent('single', 'echo', '', 1),
    local1: await local(fresh + 300_000, counts.single, 1),
    cold1: await sent('single', 'node', '?wait=10', 1),
  }
}

function figuresOf(all: ReadonlyMap<Way, readonly Measured[]>): readonly Figure[] {
  const of = (way: Way, key: keyof Measured) => all.get(way)?.map(one => one[key]) ?? []
  const middle = (way: Way, key: keyof Measured) => round(median(of(way, key)))
  const told = (way: Way) =>
    `${middle(way, 'perSecond')}/s (p50 ${middle(way, 'p50')} ms, ${middle(way, 'server')} µs of processor each)`
  const sum = (one: Way, other: Way) => of(one, 'p50').map((time, n) => time + (of(other, 'p50')[n] ?? Number.NaN))
  const load = `who asks uses ${middle('echo', 'load')} µs for each of them`
  return [
    ratioFigure(`cold tasks over HTTP at ${connections} connections, of the local rate`, {
      ...{ asked: '≥ 0.7', ratios: ratios(of('cold', 'perSecond'), of('local', 'perSecond')) },
      note: `${told('cold')} of ${told('local')} with as many at once; ${load}`,
    }),
    ratioFigure(`their p50 at ${connections} connections, of a bare echo’s and the local task’s`, {
      ...{ asked: '≤ 1.5', ratios: ratios(of('cold', 'p50'), sum('echo', 'local')) },
      note: `${middle('cold', 'p50')} ms of ${middle('echo', 'p50')} + ${middle('local', 'p50')}`,
    }),
    ratioFigure('their p50 one by one, of a bare echo’s and the local task’s', {
      ...{ asked: '≤ 1.5', ratios: ratios(of('cold1', 'p50'), sum('echo1', 'local1')) },
      note: `${middle('cold1', 'p50')} ms of ${middle('echo1', 'p50')} + ${middle('local1', 'p50')}`,
    }),
    ratioFigure('memo hits over HTTP, of a bare echo that verifies one signature', {
      ...{ asked: '≥ 0.6', ratios: ratios(of('memo', 'perSecond'), of('verified', 'perSecond')) },
      note: `${told('memo')} of ${told('verified')}; a bare echo ${told('echo')}; every invocation is another one`,
    }),
  ]
}
