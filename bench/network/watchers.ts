// What many watchers of a run that nothing happens in cost.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Figure } from '../wasm/figure.ts'
import type { Caller } from './caller.program.ts'
import { limitFigure, round } from './figures.ts'
import type { OurNode } from './node.program.ts'
import { endAll, startProgram, type Program } from './program.ts'

const watchers = 1000
/** Longer than the pause between two signs of life of an event stream. */
const idleMilliseconds = 20_000

/** What a node has for itself once garbage is gone and the engine has given its room back, MiB. */
async function settled(node: Program<OurNode>): Promise<number> {
  for (let times = 0; times < 4; times++) {
    await node.ask('memory', undefined)
    await wait(1000)
  }
  return node.memory()
}

/** MiB that event streams add to a node, after they have been idle for a while. */
export async function watcherFigures(folder: string): Promise<readonly Figure[]> {
  const node = await startProgram<OurNode>('node.program.ts', [join(folder, 'watchers')])
  const caller = await startProgram<Caller>('caller.program.ts')
  try {
    const { url } = await node.ask('about', undefined)
    const events = `${url}workflows/${await node.ask('linger', undefined)}/events`
    await caller.ask('watch', { url: events, count: 50, from: 100 })
    const before = await settled(node)
    const held = await node.ask('memory', undefined)
    await caller.ask('watch', { url: events, count: watchers, from: 2 })
    const used = node.processor()
    await wait(idleMilliseconds)
    const spent = (node.processor() - used) / (idleMilliseconds / 1000)
    const dirty = node.memory()
    const after = await settled(node)
    const now = await node.ask('memory', undefined)
    const heap = now.heap + now.outside - held.heap - held.outside
    const note =
      `proportional set size without garbage, ${round(before)} MiB before, ${round(dirty - before)} MiB more with the garbage ` +
      `of their coming; ${round(heap)} MiB of it in the heap; ` +
      `${round(spent)} ms of processor a second meanwhile`
    return [
      limitFigure(`memory of ${watchers.toLocaleString('en')} idle watchers`, {
        ...{ asked: '≤ 60', measured: after - before, unit: 'MiB', note },
      }),
    ]
  } finally {
    await endAll([caller, node])
  }
}
