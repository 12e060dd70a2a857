import { engine, type CompiledModule } from '../../../packages/wasm/src/engine.ts'
import { ByteWriter } from '../../../packages/wasm/src/instrument/writer.ts'
import type { FunctionSignature, ValueType } from '../../../packages/wasm/src/module/core-module.ts'

/** A value as it goes through JavaScript unchanged: bits of numbers, and references as they are. */
export type Bits = number | bigint | object | string | null | undefined

const codes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
}

/** The types that a value has outside: floats become integers of their bits, a vector two halves, the low one first. */
const outside = (type: ValueType): readonly ValueType[] =>
  type === 'f32' ? ['i32'] : type === 'f64' ? ['i64'] : type === 'v128' ? ['i64', 'i64'] : [type]

const compiled = new Map<string, CompiledModule>()
const adapted = new WeakMap<object, (args: readonly Bits[]) => readonly Bits[]>()

/**
 * An exported function that takes and gives bits. JavaScript may change the bits of a NaN and has no vectors, so a tiny
 * module of our own, one per signature, stands between.
 */
export function adapt(func: object, signature: FunctionSignature): (args: readonly Bits[]) => readonly Bits[] {
  const known = adapted.get(func)
  if (known) return known
  const key = `${signature.params} -> ${signature.results}`
  const module = compiled.get(key) ?? new engine.Module(adaptorBytes(signature))
  compiled.set(key, module)
  const { call } = new engine.Instance(module, { '': { '': func } }).exports
  if (typeof call !== 'function') throw new TypeError('an adaptor without its function')
  const count = signature.results.flatMap(outside).length
  const adaptor = (args: readonly Bits[]): readonly Bits[] => {
    const returned: unknown = Reflect.apply(call, undefined, args)
    return Array.isArray(returned) ? returned : count === 0 ? [] : [toBits(returned)]
  }
  adapted.set(func, adaptor)
  return adaptor
}

function toBits(value: unknown): Bits {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value
  if (value === null || typeof value === 'object' || typeof value === 'function') return value
  throw new TypeError(`a ${typeof value} from WebAssembly`)
}

function adaptorBytes(signature: FunctionSignature): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter().bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  const outer = { params: signature.params.flatMap(outside), results: signature.results.flatMap(outside) }
  const types = new ByteWriter().bytes(2)
  for (const { params, results } of [signature, outer]) types.bytes(0x60).piece(listOf(params)).piece(listOf(results))
  return out
    .bytes(1)
    .sized(types)
    .bytes(2)
    .sized(new ByteWriter().bytes(1, 0, 0, 0, 0)) // import "" "" (func (type 0))
    .bytes(3)
    .sized(new ByteWriter().bytes(1, 1))
    .bytes(7)
    .sized(new ByteWriter().bytes(1).name('call').bytes(0, 1))
    .bytes(10)
    .sized(new ByteWriter().bytes(1).sized(adaptorCode(signature, outer.params.length)))
    .join()
}

function listOf(types: readonly ValueType[]): Uint8Array {
  return new ByteWriter()
    .u32(types.length)
    .bytes(...types.map(type => codes[type]))
    .join()
}

/** Parameters from their bits, the call, results by way of locals into their bits. */
function adaptorCode({ params, results }: FunctionSignature, paramCount: number): ByteWriter {
  const code = new ByteWriter().u32(results.length)
  for (const type of results) code.bytes(1, codes[type])
  let local = 0
  for (const type of params) {
    code.bytes(0x20).u32(local)
    if (type === 'f32') code.bytes(0xbe)
    else if (type === 'f64') code.bytes(0xbf)
    else if (type === 'v128') {
      local += 1
      code.bytes(0xfd, 0x12, 0x20).u32(local).bytes(0xfd, 0x1e, 0x01) // i64x2.splat, local.get high, replace_lane 1
    }
    local += 1
  }
  code.bytes(0x10, 0)
  for (let i = results.length; i > 0; i--) code.bytes(0x21).u32(paramCount + i - 1)
  for (const [i, type] of results.entries()) {
    code.bytes(0x20).u32(paramCount + i)
    if (type === 'f32') code.bytes(0xbc)
    else if (type === 'f64') code.bytes(0xbd)
    else if (type === 'v128') {
      code
        .bytes(0xfd, 0x1d, 0x00, 0x20)
        .u32(paramCount + i)
        .bytes(0xfd, 0x1d, 0x01)
    }
  }
  return code.bytes(0x0b)
}
