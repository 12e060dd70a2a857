import { readdirSync, readFileSync } from 'node:fs'
import { hostFunction, invoke, prepare } from '@ipvm/wasm'
import { linkComponent, readComponent } from '@ipvm/wit/component'
import { engine } from '../../../packages/wasm/src/engine.ts'
import { ownBytes, rewriteCoreModule } from '../../../packages/wasm/src/instrument/rewrite.ts'
import { attempt, type Finding, type Progress } from '../../fuzz/attempt.ts'
import { mutate } from '../../fuzz/mutate.ts'
import { Random } from '../../fuzz/random.ts'
import { difference } from './differ.ts'
import { program } from './program.ts'
import { someValue } from './value.ts'

const quotas = { gas: 1_000_000, memory: 2 ** 24, output: 2 ** 20 }

/**
 * Attacks the executor until `goesOn` says no or something is found. In turn: programs that are made up, run as they are
 * and rewritten; core modules that were tampered with, which must validate when rewritten if they did before; and
 * components that were tampered with, whose functions are called.
 */
export async function fuzzWasm(seed: number, goesOn: (progress: Progress) => boolean): Promise<Finding | Progress> {
  const random = new Random(seed)
  const { components, cores } = corpora()
  let inputs = 0
  let accepted = 0
  while (goesOn({ inputs, accepted })) {
    const own = random.below(2 ** 31)
    const made = random.below(3) === 0 ? program(new Random(own)).bytes : undefined
    const core = mutate(made ?? random.pick(cores), random, random.pick(cores))
    const component = mutate(random.pick(components), random, random.pick(components))
    const targets: [string, Uint8Array, () => string | undefined][] = [
      [`the program of seed ${own}`, new Uint8Array(0), () => difference(own)],
      ['a core module', core, () => tamperedCore(core)],
      ['a component', component, () => tamperedComponent(component, random)],
    ]
    for (const [target, input, run] of targets) {
      inputs += 1
      const problem = await attempt(() => {
        const ended = run()
        if (ended === undefined) accepted += 1
        return ended === refused ? undefined : ended
      })
      if (problem !== undefined) return { target, problem, input: Buffer.from(input).toString('base64') }
    }
  }
  return { inputs, accepted }
}

const refused = 'refused'

function tamperedCore(bytes: Uint8Array): string | undefined {
  const rewritten = rewriteCoreModule(bytes, 0)
  if ('error' in rewritten) return refused
  if (!engine.validate(ownBytes(bytes))) return 'accepted what the engine refuses'
  return engine.validate(rewritten.ok.instrumented.bytes) ? undefined : 'the rewritten module is not valid'
}

/** Whatever a component is: preparing and calling it gives an outcome, and throws nothing. */
function tamperedComponent(bytes: Uint8Array, random: Random): string | undefined {
  const prepared = prepare(bytes)
  if ('error' in prepared) return refused
  const { functions } = prepared.ok
  if (functions.length === 0) return undefined
  const { name, type } = random.pick(functions)
  const args = type.params.map(param => someValue(param.type, random))
  invoke(prepared.ok, { fun: name, args, quotas, seed: new Uint8Array(32) }, hostFunction)
  return undefined
}

interface Corpora {
  readonly components: readonly Uint8Array[]
  readonly cores: readonly Uint8Array[]
}

let known: Corpora | undefined

/** The guests of the repository, and the core modules in them. */
function corpora(): Corpora {
  if (known) return known
  const root = new URL('../../../', import.meta.url)
  const components = [
    'packages/wasm/fixtures/',
    'packages/wasm/fixtures/wrong/',
    'packages/testing/hostile/',
    'guests/add/',
  ]
    .flatMap(folder => readdirSync(new URL(folder, root)).map(file => folder + file))
    .filter(path => path.endsWith('.wasm'))
    .map(path => new Uint8Array(readFileSync(new URL(path, root))))
  const cores = components.flatMap(bytes => {
    const component = readComponent(bytes)
    const linked = 'ok' in component ? linkComponent(component.ok) : component
    return 'ok' in linked ? linked.ok.modules.map(({ start, end }) => bytes.slice(start, end)) : []
  })
  known = { components, cores }
  return known
}
