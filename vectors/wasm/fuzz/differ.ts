import { rewriteCoreModule } from '../../../packages/wasm/src/instrument/rewrite.ts'
import { Meter } from '../../../packages/wasm/src/instrument/meter.ts'
import { engine, type Instance } from '../../../packages/wasm/src/engine.ts'
import { trapName } from '../../../packages/wasm/src/sandbox/trap-name.ts'
import { Random } from '../../fuzz/random.ts'
import { argumentsFor, program } from './program.ts'

/** Runs the program of a seed as it is and rewritten, function after function; gives the first difference. */
export function difference(seed: number): string | undefined {
  const random = new Random(seed)
  const { bytes, functions } = program(random)
  if (!engine.validate(bytes)) return 'the program that was made up is not valid'
  const rewritten = rewriteCoreModule(bytes, 0)
  if ('error' in rewritten) return `refused: ${rewritten.error.message}`
  const { bytes: code, meter: names } = rewritten.ok.instrumented
  if (!engine.validate(code)) return 'the rewritten module is not valid'
  const meter = new Meter({ gas: 1e9, memory: 2 ** 30 }, 1)
  const original = new engine.Instance(new engine.Module(bytes)).exports
  const metered = new engine.Instance(new engine.Module(code), { [names.namespace]: meter.imports(names, 0) }).exports
  for (const [i, signature] of functions.entries()) {
    const name = `f${i}`
    const args = argumentsFor(signature, random)
    const before = outcomeOf(original, name, args)
    const after = outcomeOf(metered, name, args)
    // Functions that reach themselves through the table: how deep is the host's business, and the profile's.
    if (before === deep) return meter.outOfStack ? undefined : `${name}(${args}) recurses without end, and is ${after}`
    if (meter.outOfStack || meter.outOfGas || meter.hostRefused) return `${name}(${args}) crossed a quota`
    if (before !== after) return `${name}(${args}) is ${before}, and ${after} when rewritten`
    const [one, other] = [stateOf(original), stateOf(metered)]
    if (one !== other) return `${name}(${args}) leaves ${one}, and ${other} when rewritten`
  }
  return undefined
}

type Exports = Instance['exports']

function outcomeOf(exports: Exports, name: string, args: readonly (number | bigint)[]): string {
  const run = exports[name]
  if (typeof run !== 'function') return 'no function'
  try {
    return show(Reflect.apply(run, undefined, args))
  } catch (thrown) {
    if (thrown instanceof engine.RuntimeError) return `trap: ${trapName(thrown.message)}`
    if (thrown instanceof RangeError && /call stack/.test(thrown.message)) return deep
    throw thrown
  }
}

const deep = 'recursion without end'

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(' ')
  return Object.is(value, -0) ? '-0' : String(value)
}

function stateOf(exports: Exports): string {
  const globals = ['g0', 'g1', 'g2', 'g3'].map(name => {
    const exported = exports[name]
    return exported instanceof engine.Global ? show(exported.value) : 'none'
  })
  const { memory } = exports
  if (!(memory instanceof engine.Memory)) return 'no memory'
  return `${globals.join(' ')}, memory ${memory.buffer.byteLength} ${digest(new Uint8Array(memory.buffer))}`
}

/** FNV-1a of what is not zero. */
function digest(bytes: Uint8Array): number {
  let hash = 2_166_136_261
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte !== 0) hash = Math.imul(hash ^ byte ^ (i << 8), 16_777_619)
  }
  return hash >>> 0
}
