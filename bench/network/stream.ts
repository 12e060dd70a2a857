// Requests over our transport on libp2p beside a bare stream of libp2p.
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { ratioFigure, ratios, round } from './figures.ts'
import type { Ours } from './ours.program.ts'
import { endAll, startProgram } from './program.ts'
import type { Raw } from './raw.program.ts'

/** About as many bytes as a request of one task has. */
const body = new Uint8Array(700).fill(7)
const atOnce = 32

/** 32 requests at once over one connection, echoed: ours of the raw stream's. */
export async function streamFigures(rounds: number, count: number): Promise<readonly Figure[]> {
  const ours = await Promise.all([startProgram<Ours>('ours.program.ts'), startProgram<Ours>('ours.program.ts')])
  const raw = await Promise.all([startProgram<Raw>('raw.program.ts'), startProgram<Raw>('raw.program.ts')])
  const both = [...ours, ...raw]
  try {
    await ours[1].ask('connect', await ours[0].ask('address', undefined))
    await raw[1].ask('connect', await raw[0].ask('address', undefined))
    const rates = { ours: [] as number[], raw: [] as number[], anew: [] as number[] }
    const used = { ours: [] as number[], raw: [] as number[] }
    for (let n = -1; n < rounds; n++) {
      const work = { count: n < 0 ? count / 4 : count, atOnce, body }
      const before = both.map(program => program.processor())
      const bare = await raw[1].ask('ask', work)
      const own = await ours[1].ask('ask', work)
      const spent = both.map((program, i) => ((program.processor() - (before[i] ?? 0)) * 1000) / work.count)
      const anew = await raw[1].ask('askAnew', { ...work, count: work.count / 20 })
      if (n < 0) continue
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
      `${round(median(used.ours))} µs of ${round(median(used.raw))}`
    return [
      ratioFigure('requests over libp2p, of a raw stream', {
        asked: '≥ 0.8',
        ratios: ratios(rates.ours, rates.raw),
        note,
      }),
    ]
  } finally {
    await endAll(both)
  }
}
