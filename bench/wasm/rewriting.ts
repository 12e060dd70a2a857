import { linkComponent, readComponent } from '@ipvm/wit/component'
import { instrument } from '../../packages/wasm/src/instrument/instrument.ts'
import { readCoreModule } from '../../packages/wasm/src/module/read.ts'
import { timedSync } from '../measure.ts'
import type { Figure } from './figure.ts'
import { javascriptGuest } from './guests.ts'
import type { Peers } from './jco.ts'

/** Reading and rewriting the core modules of the SpiderMonkey guest, without the engine's part; the fastest round. */
export async function rewriting(peers: Peers, rounds: number): Promise<Figure[]> {
  const component = await javascriptGuest(peers, 'spidermonkey')
  const read = readComponent(component)
  const linked = 'ok' in read ? linkComponent(read.ok) : read
  if ('error' in linked) throw new Error(linked.error.message)
  const cores = linked.ok.modules.map(({ start, end }) => component.subarray(start, end))
  let fastest = Infinity
  for (let left = rounds + 2; left > 0; left--) {
    const time = timedSync(() => {
      for (const core of cores) instrument(readCoreModule(core))
    })
    fastest = Math.min(fastest, time)
  }
  const bytes = cores.reduce((sum, core) => sum + core.length, 0)
  const bodies = cores.flatMap(core => readCoreModule(core).bodies)
  const code = bodies.reduce((sum, { start, end }) => sum + end - start, 0)
  const speed = bytes / 1e3 / fastest
  return [
    {
      what: 'rewriting',
      asked: '≥ 40 MB/s',
      measured: `${speed.toFixed(0)} MB/s`,
      reached: speed >= 40,
      note: `${(code / 1e3 / fastest).toFixed(0)} MB/s of the ${(code / 1e6).toFixed(1)} MB that are code`,
    },
  ]
}
