import type { Linkage } from '@ipvm/wit'
import { beforeAll, describe, expect, it } from 'vitest'
import { flattenFunction } from '../abi/call.ts'
import type { CoreType } from '../abi/layout.ts'
import { ByteWriter } from '../instrument/writer.ts'
import { quotas, seed } from '../guests.test-fixture.ts'
import { invoke } from '../sandbox/invoke.ts'
import { prepareLinked } from '../sandbox/prepare.ts'
import type { HostFunction } from './host.ts'
import { hostFunction, hostInterfaces } from './interfaces.ts'

const typeCodes: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c }
const constants: Readonly<Record<CoreType, number>> = { i32: 0x41, i64: 0x42, f32: 0x43, f64: 0x44 }

function signature(params: readonly CoreType[], results: readonly CoreType[]): ByteWriter {
  const out = new ByteWriter().bytes(0x60).u32(params.length)
  for (const param of params) out.bytes(typeCodes[param])
  out.u32(results.length)
  for (const result of results) out.bytes(typeCodes[result])
  return out
}

/** A core module that calls its only import with `wild` in place of every integer, from a memory of one page. */
function callerOf(host: HostFunction, wild: number): Uint8Array {
  const { params, results } = flattenFunction(host.type, 'lower')
  const code = new ByteWriter().u32(0)
  for (const param of params) {
    code.bytes(constants[param])
    if (param === 'i32' || param === 'i64') code.s32(wild)
    else code.bytes(...new Array<number>(param === 'f32' ? 4 : 8).fill(0))
  }
  code.bytes(0x10, 0)
  if (results.length > 0) code.bytes(0x1a)
  code.bytes(0x0b)
  // realloc hands out the address that is wild, too.
  const realloc = new ByteWriter().u32(0).bytes(0x41).s32(wild).bytes(0x0b)
  const types = new ByteWriter()
    .u32(3)
    .piece(signature(params, results).join())
    .piece(signature([], []).join())
    .piece(signature(['i32', 'i32', 'i32', 'i32'], ['i32']).join())
  const exports = new ByteWriter().u32(3).name('run').bytes(0, 1).name('realloc').bytes(0, 2).name('memory').bytes(2, 0)
  return new ByteWriter()
    .bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
    .bytes(1)
    .sized(types)
    .bytes(2)
    .sized(new ByteWriter().bytes(1).name('host').name('f').bytes(0, 0))
    .bytes(3)
    .sized(new ByteWriter().bytes(2, 1, 2))
    .bytes(5)
    .sized(new ByteWriter().bytes(1, 0, 1))
    .bytes(7)
    .sized(exports)
    .bytes(10)
    .sized(new ByteWriter().bytes(2).sized(code).sized(realloc))
    .join()
}

function linkageOf(host: string, name: string, { type }: HostFunction, end: number): Linkage {
  const options = {
    encoding: 'utf8',
    memory: { sort: 'core memory', instance: 0, name: 'memory' },
    realloc: { sort: 'core func', instance: 0, name: 'realloc' },
  } as const
  return {
    modules: [{ start: 0, end }],
    instances: [{ module: 0, args: [{ name: 'host', exports: [['f', { sort: 'core func', lower: 0 }]] }] }],
    lifts: [{ type: { params: [] }, core: { sort: 'core func', instance: 0, name: 'run' }, options, component: 0 }],
    lowers: [{ type, callee: { host, name }, options, component: 0 }],
    exports: [{ name: 'run', lift: 0 }],
    imports: [{ name: host, functions: [{ name, type }] }],
    withheld: [],
    unsupported: [],
  }
}

function outcomeOf(host: string, name: string, func: HostFunction, wild: number): string {
  const bytes = callerOf(func, wild)
  const program = prepareLinked(bytes, linkageOf(host, name, func, bytes.length))
  if ('error' in program) throw new Error(program.error.message)
  const { result } = invoke(program.ok, { fun: 'run', args: [], quotas, seed }, hostFunction)
  return 'error' in result ? result.error.name : 'ok'
}

const all = [...hostInterfaces].flatMap(([id, functions]) =>
  [...functions].map(([name, func]) => [`${id}@0.2.0`, name, func] as const),
)

describe('a guest that calls the host with wild handles, pointers and lengths', () => {
  const outcomes = new Map<string, string[]>()

  beforeAll(() => {
    for (const [host, name, func] of all) {
      outcomes.set(
        `${host}#${name}`,
        [-1, 7, 65_535, 0x7fff_fffc].map(wild => outcomeOf(host, name, func, wild)),
      )
    }
  })

  it.each(all)('%s %s', (host, name, { type }) => {
    const found = outcomes.get(`${host}#${name}`)
    // What takes no pointer and no handle has nothing to be wild about.
    const { params } = flattenFunction(type, 'lower')
    const isHarmless = params.every(param => param === 'i64') && !name.startsWith('[')
    expect(found?.every(outcome => outcome === 'Trap' || (isHarmless && outcome === 'ok'))).toBe(true)
  })

  it('covers every function that there is', () => {
    expect(all.length).toBeGreaterThan(60)
  })
})
