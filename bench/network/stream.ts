// Requests over our transport on libp2p beside a bare stream of libp2p.
import { join } from 'node:path'
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { read } from '../wasm/guests.ts'
import type { Caller } from './caller.program.ts'
import { ratioFigure, ratios, round } from './figures.ts'
import type { OurNode } from './node.program.ts'
import type { Ours } from './ours.program.ts'
import { endAll, startProgram, type Program } from './program.ts'
import type { Raw } from './raw.program.ts'

/** About as many bytes as a request of one task has. */
const body = new Uint8Array(700).fill(7)
const atOnce = 32
/** How many tasks are known, of which memo hits are. */
const known = 500

/** 32 requests at once over one connection, echoed: ours of the raw stream's. */
export async function streamFigures(folder: string, rounds: number, count: number): Promise<readonly Figure[]> {
  const ours = await Promise.all([startProgram<Ours>('ours.program.ts'), startProgram<Ours>('ours.program.ts')])
  const raw = await Promise.all([startProgram<Raw>('raw.program.ts'), startProgram<Raw>('raw.program.ts')])
  const both = [...ours, ...raw]
  const node = await startProgram<OurNode>('node.program.ts', [join(folder, 'stream')])
  const caller = await startProgram<Caller>('caller.program.ts')
  try {
    await introduce(node, caller)
    await ours[1].ask('connect', await ours[0].ask('address', undefined))
    await raw[1].ask('connect', await raw[0].ask('address', undefined))
    const rates = { ours: [] as number[], raw: [] as number[], anew: [] as number[], hits: [] as number[] }
    const used = { ours: [] as number[], raw: [] as number[] }
    for (let n = -1; n < rounds; n++) {
      const work = { count: n < 0 ? count / 4 : count, atOnce, body }
      const before = both.map(program => program.processor())
      const bare = await raw[1].ask('ask', work)
      const own = await ours[1].ask('ask', work)
      const spent = both.map((program, i) => ((program.processor() - (before[i] ?? 0)) * 1000) / work.count)
      const anew = await raw[1].ask('askAnew', { ...work, count: work.count / 20 })
      await caller.ask('sign', { name: 'hits', count: work.count / 2, from: 0, distinct: known })
      const hits = await caller.ask('ask', { name: 'hits', atOnce })
      if (hits.wrong.length > 0) throw new Error(`a memo hit over libp2p went wrong: ${hits.wrong[0]}`)
      if (n < 0) continue
      rates.hits.push(hits.perSecond)
      rates.raw.push(bare.perSecond)
      rates.ours.push(own.perSecond)
      rates.anew.push(anew.perSecond)
      used.ours.push((spent[0] ?? 0) + (spent[1] ?? 0))
      used.raw.push((spent[2] ?? 0) + (spent[3] ?? 0))
    }
    const per = (name: keyof typeof rates) => `${round(median(rates[name]))}/s`
    const note =
      `${per('ours')} of ${per('raw')} of a raw stream, ${body.length} bytes each way, ${atOnce} at once; ` +
      `${per('anew')} where each request opens a stream; processor of both sides together ` +
      `${round(median(used.ours))} µs of ${round(median(used.raw))}; memo hits of a node, each a signature that is verified and a ` +
      `receipt that is looked up, come at ${per('hits')}`
    return [
      ratioFigure('requests over libp2p, echoed, of a raw stream', {
        ...{ asked: '≥ 0.8', ratios: ratios(rates.ours, rates.raw), note },
      }),
    ]
  } finally {
    await endAll([...both, node, caller])
  }
}

/** Has a node and its caller know each other, and the node know the results that are asked for. */
async function introduce(node: Program<OurNode>, caller: Program<Caller>): Promise<void> {
  const { did, libp2p } = await node.ask('about', undefined)
  const { did: who } = await caller.ask('key', undefined)
  const mod = await node.ask('put', read('guests/add/add.wasm'))
  await caller.ask('askOf', { did, grant: await node.ask('grant', who), mod })
  await node.ask('local', { mod, from: 0, count: known, atOnce })
  await caller.ask('connect', libp2p)
}
