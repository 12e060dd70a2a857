import type { ValueMap } from '@ipvm/ipld'
import type { Context, Execution, PureCommand } from '@ipvm/runtime'
import { evaluate, functionsProfile } from './functions.ts'
import { askedOf, growthOf } from './growth.ts'
import { Crowd, pause, type Host } from './host.ts'

/** How many guests run at once. */
const parallel = 4

/** `/wasm/run` without Wasm: the functions of a simulation, on a host that is not always well. */
export function simulatedGuest(host: Host): PureCommand {
  const crowd = new Crowd(host, 'guests', parallel)
  return {
    profile: functionsProfile,
    runs: ['mod'],
    parallel,
    run: host.life.bound(async (args: ValueMap, context: Context) => {
      const leave = crowd.enter(context.signal)
      try {
        return await run(host, args, context)
      } finally {
        leave()
      }
    }),
  }
}

const mishaps = { worker: 5, quota: 1, slow: 1 } as const

async function run(host: Host, args: ValueMap, { signal, config }: Context): Promise<Execution> {
  const { random, trouble } = host
  const mishap = random.chance(trouble.rate / 4) ? random.weighed(mishaps) : undefined
  await pause(host, mishap === 'slow' ? config.time : random.around(20), signal)
  if (mishap === 'worker') return hostFailure
  if (mishap !== undefined) return quota
  const report = { gas: 100, memory: 65_536, output: 8, time: 1, log: 'ran' }
  const growth = growthOf(args)
  return { out: evaluate(args), ...(growth && { fx: askedOf(growth) }), permanent: true, report }
}

const hostFailure: Execution = {
  out: { error: { name: 'HostFailure', message: 'the worker was lost' } },
  permanent: false,
  again: true,
}

const quota: Execution = { out: { error: { name: 'TimeLimit', message: 'it took too long' } }, permanent: false }
