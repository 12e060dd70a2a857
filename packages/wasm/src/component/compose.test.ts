import { linkModule, type CoreExports } from '@ipvm/wit/component'
import { describe, expect, it } from 'vitest'
import { bytesOf, call, failureOf, programOf } from '../guests.test-fixture.ts'
import { prepare, prepareLinked } from '../sandbox/prepare.ts'

function refusalOf(name: string): string {
  const prepared = prepare(bytesOf(name))
  return 'error' in prepared ? `${prepared.error.name}: ${prepared.error.message}` : 'prepared'
}

describe('a component of components', () => {
  it('carries strings from one to the other, each in its own encoding', () => {
    const composed = programOf('compose')
    expect(composed.functions).toMatchObject([{ name: 'ipvm:compose/voice@0.1.0#twice', shortName: 'twice' }])
    expect(call(composed, 'twice', ['häuser 😀'])).toEqual({ ok: 'häuser 😀!!' })
  })
})

describe('what ipvm does not have is refused by name before anything runs', () => {
  it('imports, but not interfaces of nothing but types', () => {
    expect(refusalOf('refused')).toBe(
      'UnsupportedModule: it imports roll-dice, which ipvm does not provide; build it without, or stub the imports out; imports wasi:clocks/wall-clock@0.2.0#now: func() -> u64, where ipvm provides now: func() -> record { seconds: u64, nanoseconds: u32 }; build it with the WIT of WASI 0.2',
    )
  })

  it('a function that hands out a resource', () => {
    expect(refusalOf('resource')).toMatch(/UnsupportedModule: it uses resources \(in the function make\) at byte \d+/)
  })

  it('a resource inside matters only where it is reached', () => {
    const program = programOf('inner-resource')
    expect(call(program, 'count', [])).toEqual({ ok: 3 })
    expect(failureOf(call(program, 'reach', []))).toMatch(/UnsupportedModule: the function reached resource\.new/)
  })
})

describe('calls between components', () => {
  const program = programOf('reenter')

  it('a component is never entered while it is running', () => {
    expect(call(program, 'call', [])).toEqual({ ok: 7 })
    expect(failureOf(call(program, 'call-back', []))).toBe(
      'Trap: the function trapped: a component was called while it was running',
    )
  })

  it('nothing is called out of realloc', () => {
    expect(failureOf(call(program, 'call-out', [new Uint8Array(2)]))).toBe(
      'Trap: the function trapped: a call out of cabi_realloc or post-return',
    )
  })
})

it('a list that is passed to many instances is read a few times, however much of it they import', () => {
  const bytes = bytesOf('one-list')
  const linked = linkModule(bytes)
  if ('error' in linked) throw new Error(linked.error.message)
  let reads = 0
  const counted = new Map<CoreExports, CoreExports>()
  const countReads = (list: CoreExports): CoreExports => {
    const known =
      counted.get(list) ?? list.map(entry => new Proxy(entry, { get: (of, key) => [Reflect.get(of, key), reads++][0] }))
    counted.set(list, known)
    return known
  }
  const instances = linked.ok.instances.map(instance => ({
    ...instance,
    args: instance.args.map(arg => ('exports' in arg ? { ...arg, exports: countReads(arg.exports) } : arg)),
  }))
  const prepared = prepareLinked(bytes, { ...linked.ok, instances })
  if ('error' in prepared) throw new Error(prepared.error.message)
  expect(call(prepared.ok, 'g', [])).toEqual({ ok: 7 })
  expect(reads).toBeGreaterThan(1)
  expect(reads).toBeLessThan(20)
})

describe('what the engine cannot see is checked before anything runs', () => {
  it.each([
    ['lift-type', 'a lifted function has the core type (i64) -> (i32), where (i32) -> (i32) is needed'],
    ['lower-type', 'm g has the core type (i64) -> (i32), where (i32) -> (i32) is needed'],
    ['drop-type', 'm drop has the core type (i64) -> (), where (i32) -> () is needed'],
    ['no-memory', 'a function whose values lie in memory, and that names no memory'],
    ['meter-thief', 'a core module that is not given the core global m ipvm:gas'],
    ['meter-alias', 'the core func ipvm:start, which a core instance does not export'],
    ['memory-sort', 'the core memory memory, which a core instance does not export'],
    ['many-tables', 'tables of more than 10000000 entries'],
    ['shared-tables', 'tables of more than 10000000 entries'],
    ['vector-built-in', 'a core module that gives or takes vectors in a b'],
    ['meter-twin', 'a core instance with two exports of one name'],
    ['own-global', 'it uses constants that refer to globals of the module at byte'],
  ])('%s', (name, problem) => {
    expect(refusalOf(`wrong/${name}`)).toContain(problem)
  })

  it('a table ends at the cap of the profile', () => {
    const program = programOf('table')
    expect(call(program, 'grow', [999_999])).toEqual({ ok: 1 })
    expect(call(program, 'grow', [1_000_000])).toEqual({ ok: -1 })
  })
})
