// Everything at once for a while: does the memory grow, is a receipt lost?
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Figure } from '../wasm/figure.ts'
import { read } from '../wasm/guests.ts'
import { limitFigure, round } from './figures.ts'
import type { OurNode } from './node.program.ts'
import { endAll, startProgram, type Program } from './program.ts'
import type { Soaker } from './soaker.program.ts'

/** How often it is looked, milliseconds. */
const every = 10_000

/** MiB, once garbage is gone. */
interface Sample {
  readonly heap: number
  /** Outside of the heap too. */
  readonly held: number
  readonly rss: number
}

/** The load for so many minutes; then the node is killed, and started again to be asked for all that it acknowledged. */
export async function soakFigures(folder: string, minutes: number): Promise<readonly Figure[]> {
  const place = join(folder, 'soak')
  const node = await startProgram<OurNode>('node.program.ts', [place])
  const soaker = await startProgram<Soaker>('soaker.program.ts')
  try {
    await begin(node, soaker)
    const used = node.processor()
    const samples = await watched(node, minutes)
    const load = (node.processor() - used) / (minutes * 600)
    await soaker.ask('stop', undefined)
    const { done, wrong, p50 } = await soaker.ask('told', undefined)
    await node.end()
    const again = await startProgram<OurNode>('node.program.ts', [place])
    const { acknowledged, found } = await soaker.ask('look', (await again.ask('about', undefined)).url)
    await again.end()
    const counts = Object.entries(done).map(([what, times]) => {
      const time = p50[what]
      return `${times} ${what}${time === undefined ? '' : ` (p50 ${round(time)} ms)`}`
    })
    const gone = Object.entries(done).filter(([what]) => what.endsWith('gone wrong'))
    const total = gone.reduce((sum, [, times]) => sum + times, 0)
    return [
      growth(samples, minutes),
      limitFigure('receipts that were acknowledged and are lost', {
        ...{ asked: '≤ 0', measured: acknowledged - found, unit: '' },
        note: `${found} of ${acknowledged}, asked for after the node was killed and started again`,
      }),
      limitFigure('answers that should have been others', {
        ...{ asked: '≤ 0', measured: total, unit: '' },
        note: `${counts.join(', ')}; ${round(load)} % of a processor${wrong.map(why => `; ${why}`).join('')}`,
      }),
    ]
  } finally {
    await endAll([soaker, node])
  }
}

async function begin(node: Program<OurNode>, soaker: Program<Soaker>): Promise<void> {
  const { url, did } = await node.ask('about', undefined)
  const { did: who } = await soaker.ask('key', undefined)
  const mod = await node.ask('put', read('guests/add/add.wasm'))
  const file = await node.ask('put', new Uint8Array(4 * 2 ** 20).fill(5))
  const workflow = await node.ask('linger', undefined)
  await soaker.ask('begin', { url, did, mod, file, workflow, grant: await node.ask('grant', who) })
}

async function watched(node: Program<OurNode>, minutes: number): Promise<readonly Sample[]> {
  const until = performance.now() + minutes * 60_000
  const samples: Sample[] = []
  while (performance.now() < until) {
    await wait(every)
    const { heap, outside, rss } = await node.ask('memory', undefined)
    samples.push({ heap, held: heap + outside, rss })
    process.stderr.write(
      `soak: ${samples.length * (every / 1000)} s, ${round(heap + outside)} MiB held, ${round(rss)} MiB\n`,
    )
  }
  return samples
}

/** The largest of the last fifth of what is held, of the largest of the second fifth, when caches are warm. */
function growth(samples: readonly Sample[], minutes: number): Figure {
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const most = (key: keyof Sample, from: number, to?: number) =>
    Math.max(...samples.slice(from, to).map(sample => sample[key]))
  const [warm, last] = [most('held', fifth, 2 * fifth), most('held', -fifth)]
  const minute = 60_000 / every
  const heaps = samples.filter((_, n) => (n + 1) % minute === 0).map(({ heap }) => round(heap))
  const rss = `the process has ${round(most('rss', fifth, 2 * fifth))} and ${round(most('rss', -fifth))} MiB then`
  return limitFigure(`memory over ${minutes} minutes of mixed load, last fifth of the second`, {
    ...{ asked: '≤ 1.1', measured: last / warm, unit: '×' },
    note: `at most ${round(warm)} MiB held without garbage in the second fifth, ${round(last)} in the last; the heap without garbage, minute by minute: ${heaps.join(', ')} MiB; ${rss}`,
  })
}
