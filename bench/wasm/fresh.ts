import { prepare } from '@ipvm/wasm'
import { coreOf } from '../../guests/image/load.ts'
import { median } from '../measure.ts'
import type { Figure } from './figure.ts'
import { read } from './guests.ts'
import { instantiator, type Peers, transpiled } from './jco.ts'
import { callRaw, programOf, rawCore, run } from './program.ts'

const calls = 3_000

/** An engine forgets optimised code that was not run for some collections, and the others' turns are full of them. */
const warming = 500

/** What the process does meanwhile in other threads (collecting instances, compiling) belongs to it, so all is counted. */
function microsecondsEach(call: () => unknown): number {
  // What the one before left behind is not this one's.
  globalThis.gc?.()
  for (let left = warming; left > 0; left--) call()
  const before = process.cpuUsage()
  for (let left = calls; left > 0; left--) call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

/**
 * `add-one` in a fresh instance each time: a component here, its bare core module, and the component with jco;
 * and the core module here, once they can be run on their own. */
export async function fresh(peers: Peers, rounds: number): Promise<Figure[]> {
  const component = read('guests/add/add.wasm')
  const program = programOf(component)
  const core = rawCore(component)
  const instantiate = instantiator(await transpiled(peers, component))
  const contenders = new Map<string, () => unknown>([
    ['raw', () => callRaw(core, 'add-one', [41])],
    ['component', () => run(program, 'add-one', [41])],
    ['jco', () => instantiate().addOne?.(41)],
  ])
  const alone = prepare(coreOf(component))
  if ('ok' in alone) contenders.set('core module', () => run(alone.ok, 'add-one', [41]))
  const times = turns(contenders, rounds)
  const time = (name: string) => median(times.get(name) ?? [])
  const speed = (name: string, to: string) => time(to) / time(name)
  const figure = (what: string, [ratio, asked]: readonly [number, number], note?: string): Figure => ({
    what: `fresh instance and call, ${what}`,
    asked: `≥ ${asked}`,
    measured: ratio.toFixed(2),
    reached: ratio >= asked,
    ...(note !== undefined && { note }),
  })
  const each = [...times.keys()].map(name => `${name} ${time(name).toFixed(0)} µs`).join(', ')
  return [
    figure('of bare V8’s speed', [speed('component', 'raw'), 0.65], `processor time of a call: ${each}`),
    figure('of jco’s speed', [speed('component', 'jco'), 2]),
    ...('ok' in alone ? [figure('core module, of bare V8’s speed', [speed('core module', 'raw'), 0.8])] : []),
  ]
}

function turns(contenders: ReadonlyMap<string, () => unknown>, rounds: number): Map<string, number[]> {
  const times = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of contenders) {
      if (call() !== 42) throw new Error(`41 + 1 is 42, also for ${name}`)
      times.set(name, [...(times.get(name) ?? []), microsecondsEach(call)])
    }
  }
  return times
}
