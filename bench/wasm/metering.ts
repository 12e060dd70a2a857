import { isDeepStrictEqual } from 'node:util'
import { engine, type CompiledModule, type Instance } from '../../packages/wasm/src/engine.ts'
import type { MeterNames } from '../../packages/wasm/src/instrument/instrument.ts'
import { Meter } from '../../packages/wasm/src/instrument/meter.ts'
import { rewriteCoreModule } from '../../packages/wasm/src/instrument/rewrite.ts'
import { memoryPagesMax, stackWordsMax } from '../../packages/wasm/src/limits.ts'
import { geometricMean, timedSync } from '../measure.ts'
import type { Figure } from './figure.ts'
import { javascriptGuest, read } from './guests.ts'
import { instantiator, plainCores, transpiled, type Cores, type Exports, type Peers } from './jco.ts'

/** The same work in an instance of the original code, and in one of the rewritten code. Both instances are kept. */
interface Pair {
  readonly name: string
  readonly plain: () => unknown
  readonly metered: () => unknown
}

/** More than any kernel here uses. All instances share one meter, as those of one run do. */
const meter = new Meter({ gas: 1e15, memory: 2 ** 46 }, 0)

/** Core modules rewritten, and linked to the meter. */
function meteredCores(): Cores {
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

function pair(name: string, [plain, metered]: readonly [() => unknown, () => unknown]): Pair {
  return {
    name,
    plain,
    metered: () => {
      meter.depth = stackWordsMax
      return metered()
    },
  }
}

const kernels = { primes: 100_000, fib: 30, matmul: 10, mandelbrot: 200, hash: 50 }

function kernelPairs(): Pair[] {
  const bytes = read('bench/wasm/kernels.wasm')
  const instances = [plainCores, meteredCores()].map(cores => cores.instantiate(cores.compile(bytes)))
  const [plain, metered] = instances
  if (!plain || !metered) throw new TypeError('two instances were made')
  return Object.entries(kernels).map(([name, n]) =>
    pair(name, [() => functionOf(plain, name)(n), () => functionOf(metered, name)(n)]),
  )
}

async function componentPair(
  peers: Peers,
  component: Uint8Array,
  { name, call }: { readonly name: string; readonly call: (exports: Exports) => unknown },
): Promise<Pair> {
  const files = await transpiled(peers, component)
  const [plain, metered] = [instantiator(files)(), instantiator(files, meteredCores())()]
  return pair(name, [() => call(plain), () => call(metered)])
}

async function pairs(peers: Peers): Promise<Pair[]> {
  const photo = read('examples/portrait/portrait.png')
  const [quickjs, spidermonkey] = [
    await javascriptGuest(peers, 'quickjs'),
    await javascriptGuest(peers, 'spidermonkey'),
  ]
  const primes = (exports: Exports) => exports.primes?.(300_000)
  return [
    ...kernelPairs(),
    await componentPair(peers, read('guests/image/image.wasm'), {
      name: 'blur',
      call: guest => guest.blur?.(photo, 8),
    }),
    await componentPair(peers, quickjs, { name: 'QuickJS', call: primes }),
    await componentPair(peers, spidermonkey, { name: 'SpiderMonkey', call: primes }),
  ]
}

/** What the meter costs: the fastest of the calls of each, which take turns. */
export async function metering(peers: Peers, rounds: number): Promise<Figure[]> {
  const turns = 2 * rounds + 5
  const ratios: { readonly name: string; readonly ratio: number }[] = []
  for (const { name, plain, metered } of await pairs(peers)) {
    if (!isDeepStrictEqual(plain(), metered())) throw new Error(`${name} gives another result when it is metered`)
    let [fastest, fastestMetered] = [Infinity, Infinity]
    for (let turn = 0; turn < turns; turn++) {
      fastest = Math.min(fastest, timedSync(plain))
      fastestMetered = Math.min(fastestMetered, timedSync(metered))
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
