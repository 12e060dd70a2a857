import { isDeepStrictEqual } from 'node:util'
import { type CompiledModule, engine, type Instance } from '../../packages/wasm/src/engine.ts'
import type { MeterNames } from '../../packages/wasm/src/instrument/instrument.ts'
import { Meter } from '../../packages/wasm/src/instrument/meter.ts'
import { rewriteCoreModule } from '../../packages/wasm/src/instrument/rewrite.ts'
import { memoryPagesMax, stackWordsMax } from '../../packages/wasm/src/limits.ts'
import { geometricMean, timedSync } from '../measure.ts'
import type { Figure } from './figure.ts'
import { javascriptGuest, read } from './guests.ts'
import { type Cores, type Exports, instantiator, type Peers, plainCores, transpiled } from './jco.ts'

/** The same work in an instance of the original code, and in one of the rewritten code. Both instances are kept. */
interface Pair {
  readonly name: string
  readonly plain: () => unknown
  readonly metered: () => unknown
}

/** Core modules rewritten, and linked to the meter. */
function meteredCores(meter: Meter): Cores {
  const names = new Map<CompiledModule, MeterNames>()
  return {
    compile: bytes => {
      const rewritten = rewriteCoreModule(bytes, 0)
      if ('error' in rewritten) throw new Error(rewritten.error.message)
      const { instrumented } = rewritten.ok
      const module = new engine.Module(instrumented.bytes)
      names.set(module, instrumented.meter)
      return module
    },
    instantiate: (module, imports) => {
      const added = names.get(module)
      if (!added) throw new Error('a module that was not rewritten')
      const metered = { ...imports, [added.namespace]: meter.imports(added, memoryPagesMax) }
      const instance = new engine.Instance(module, metered)
      if (added.start !== undefined) functionOf(instance, added.start)()
      return instance
    },
  }
}

function functionOf({ exports }: Instance, name: string): (...args: unknown[]) => unknown {
  const found = exports[name]
  if (typeof found !== 'function') throw new Error(`no function ${name}`)
  return (...args) => Reflect.apply(found, undefined, args)
}

const kernels = { primes: 100_000, fib: 30, matmul: 10, mandelbrot: 200, hash: 50 }

function kernelPairs(meter: Meter): Pair[] {
  const bytes = read('bench/wasm/kernels.wasm')
  const instances = [plainCores, meteredCores(meter)].map(cores => cores.instantiate(cores.compile(bytes)))
  const [plain, metered] = instances
  if (!plain || !metered) throw new TypeError('two instances were made')
  return Object.entries(kernels).map(([name, n]) => ({
    name,
    plain: () => functionOf(plain, name)(n),
    metered: () => functionOf(metered, name)(n),
  }))
}

async function pairs(peers: Peers, meter: Meter): Promise<Pair[]> {
  const componentPair = async (name: string, component: Uint8Array, call: (exports: Exports) => unknown) => {
    const files = await transpiled(peers, component)
    const [plain, metered] = [instantiator(files)(), instantiator(files, meteredCores(meter))()]
    return { name, plain: () => call(plain), metered: () => call(metered) }
  }
  const photo = read('examples/portrait/portrait.png')
  const primes = (exports: Exports) => exports.primes?.(300_000)
  return [
    ...kernelPairs(meter),
    await componentPair('blur', read('guests/image/image.wasm'), guest => guest.blur?.(photo, 8)),
    await componentPair('QuickJS', await javascriptGuest(peers, 'quickjs'), primes),
    await componentPair('SpiderMonkey', await javascriptGuest(peers, 'spidermonkey'), primes),
  ]
}

/** What the meter costs: the fastest of the calls of each, which take turns. */
export async function metering(peers: Peers, rounds: number): Promise<Figure[]> {
  const turns = 2 * rounds + 5
  // More than all of it uses. The instances share it, as those of one run do.
  const meter = new Meter({ gas: 1e15, memory: 2 ** 46 }, 0)
  const ratios: { readonly name: string; readonly ratio: number }[] = []
  for (const { name, plain, metered } of await pairs(peers, meter)) {
    const meteredCall = () => {
      meter.depth = stackWordsMax
      return metered()
    }
    if (!isDeepStrictEqual(plain(), meteredCall())) throw new Error(`${name} gives another result when it is metered`)
    let [fastest, fastestMetered] = [Infinity, Infinity]
    for (let turn = 0; turn < turns; turn++) {
      fastest = Math.min(fastest, timedSync(plain))
      fastestMetered = Math.min(fastestMetered, timedSync(meteredCall))
    }
    ratios.push({ name, ratio: fastestMetered / fastest })
  }
  const each = ratios.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`).join(', ')
  const mean = geometricMean(ratios.map(({ ratio }) => ratio))
  const worst = Math.max(...ratios.map(({ ratio }) => ratio))
  return [
    { what: 'metered / not, mean', asked: '≤ 1.45', measured: mean.toFixed(2), reached: mean <= 1.45, note: each },
    { what: 'metered / not, worst', asked: '≤ 2.2', measured: worst.toFixed(2), reached: worst <= 2.2 },
  ]
}
