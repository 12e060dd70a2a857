import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { programOf, quotas, seed } from '../guests.test-fixture.ts'
import { resolveExport } from '@ipvm/wit'
import type { WitValue } from '@ipvm/wit/value'
import { gasPerValue } from './cost.ts'
import { stackWordsMax } from '../limits.ts'
import { miscInstructions, plainInstructions, simdInstructions } from '../module/instruction.ts'
import { ByteWriter } from '../instrument/writer.ts'
import { invoke, type Invoked } from '../sandbox/invoke.ts'
import { prepare } from '../sandbox/prepare.ts'

const program = programOf('gas')
/** A page of memory, 12 exports, 12 functions and a segment, which is passive and writes nothing. */
const instantiation = 1024 + 12 * 4096 + (12 + 1) * 128

function run(fun: string, n: number, gas = quotas.gas, memory = quotas.memory): Invoked {
  return invoke(program, { fun, args: [n], quotas: { ...quotas, gas, memory }, seed })
}

/** A division by zero, which takes 13, and behind it constants that are dropped, for 8,200. */
function longBlock(): Uint8Array {
  const code = new ByteWriter().u32(0).bytes(0x41, 1, 0x41, 0, 0x6e, 0x1a)
  for (let i = 0; i < 4100; i++) code.bytes(0x41, 0, 0x1a)
  code.bytes(0x0b)
  const head = new ByteWriter().bytes(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0)
  head.bytes(7, 5, 1, 1, 0x66, 0, 0, 10)
  return head.sized(new ByteWriter().u32(1).sized(code)).join()
}

describe('the gas of a run is that of the blocks that were entered (docs/gas.md)', () => {
  it.each([
    ['straight', 1, 3],
    ['arms', 1, 2 + 1],
    ['arms', 0, 2 + 3],
    ['rounds', 1, 6 + 1],
    ['rounds', 1_000_000, 6_000_000 + 1],
    ['divide', 2, 3 + 14],
    ['divide', 0, 3 + 14],
    ['calls', 1, 13 + 2 * 2],
    ['tail', 1, 6 + 2],
    ['dead', 1, 2],
    ['fill', 0, 24],
    ['fill', 7, 24],
    ['fill', 65_536, 24 + 8192],
    ['fill', 65_537, 23 + 1 + 8192],
    ['grow', 0, 21],
    ['grow', 10, 21 + 10_240],
    ['grow', 32_768, 21],
    ['switch', 0, 2 + 2],
    ['switch', 9, 2 + 1],
    ['roots', 81, 13],
  ])('%s(%d) takes %d', (fun, n, gas) => {
    const { result, usage } = run(fun, n)
    expect(usage.gas).toBe(instantiation + ('ok' in result ? 2 : 1) * gasPerValue + gas)
  })

  it('a trap has the gas of its whole block', () => {
    const { result, usage } = run('divide', 0)
    expect(result).toMatchObject({ error: { name: 'Trap' } })
    expect(usage.gas).toBe(instantiation + gasPerValue + 17)
    expect(run('fill', 65_537).result).toMatchObject({ error: { name: 'Trap' } })
  })
})

describe('instantiating costs what an engine makes for the instance', () => {
  it('however little of it runs', () => {
    // Of $home: a global of 3 constant bytes, a function, a table of 10 entries and its segment of 2, with 3 constant bytes
    // for its place, 17 bytes of data with 3, an export; twice. Of $m: an import, a function, an export.
    const home = 10 * 64 + 2 * 64 + (1 + 1 + 2) * 128 + 9 * 64 + Math.floor(17 / 8) + 1024 + 4096
    const { usage } = invoke(programOf('instances'), { fun: 'f', args: [], quotas, seed })
    expect(usage.gas).toBe(2 * home + 2048 + 128 + 4096 + 1 + gasPerValue)
  })
})

describe('what the host moves costs by its values, its strings and lists, and its bytes', () => {
  const echo = programOf('echo')
  function moved(fun: string, value: WitValue): number {
    const { name } = resolveExport(echo.functions, fun) ?? {}
    if (name === undefined) throw new Error(`echo has no ${fun}`)
    return invoke(echo, { fun: name, args: [value], quotas, seed }).usage.gas
  }

  it.each<[fun: string, less: WitValue, more: WitValue, gas: number]>([
    ['echo-string', 'a', 'a'.repeat(1001), 1000],
    ['echo-strings', ['a'], ['a', 'a'], 8 + 256 + 2048 + 1],
    // The shape, its point, and the three fields of that.
    ['echo-shapes', [], [{ case: 1, value: [1, 2, 'c'] }], 32 + 5 * 256 + 2048 + 1],
    ['echo-floats', new Float64Array(1), new Float64Array(1001), 8000],
  ])('%s', (fun, less, more, gas) => {
    // In and out; the guest itself takes less than an instruction for each byte.
    const difference = moved(fun, more) - moved(fun, less)
    expect(difference).toBeGreaterThanOrEqual(2 * gas)
    expect(difference).toBeLessThan(2.5 * gas)
  })
})

describe('the stack ends where the words of all frames are used up', () => {
  // Three functions, two exports, and a global of 18 constant bytes and their end.
  const frames = 4 * 128 + 2 * 4096 + 19 * 64

  it.each([
    ['results', 92, 5, 40],
    ['vectors', 14, 7, 0],
  ])('%s takes %d words a frame', (fun, words, gas, more) => {
    const { result, usage } = invoke(programOf('frames'), { fun, args: [], quotas, seed })
    expect(result).toMatchObject({ error: { name: 'Trap', message: expect.stringContaining('deeper than the stack') } })
    expect(usage.gas).toBe(frames + (Math.floor(stackWordsMax / words) + 1) * gas + more)
  })
})

describe('growing a table costs what it grows by, and nothing where it gives −1 for its cap', () => {
  it.each([
    ['table', 999_999, 1],
    ['table', 1_000_000, -1],
    ['table', 2 ** 32 - 1, -1],
    ['shared-table', 499, 1],
    ['shared-table', 500, -1],
    ['shared-table', 2 ** 32 - 1, -1],
  ])('%s by %d gives %d', (name, entries, given) => {
    const invocation = { fun: 'grow', quotas, seed }
    const { result, usage } = invoke(programOf(name), { ...invocation, args: [entries] })
    const nothing = invoke(programOf(name), { ...invocation, args: [0] })
    expect(result).toEqual({ ok: given })
    expect(usage.gas - nothing.usage.gas).toBe(given === -1 ? 0 : 64 * entries)
  })
})

describe('a block begins', () => {
  const blocks = 3 * 128 + 3 * 4096 + gasPerValue

  it.each([
    ['repeated', 'at the end of a loop that is repeated', 3 + 13],
    ['not-repeated', 'not at the end of one that is not', 1 + 13 + 3],
    ['dead-jump', 'not where only code that cannot be reached jumps to', 2 + 13 + 1],
  ])('%s: %s', (fun, _, gas) => {
    const { result, usage } = invoke(programOf('blocks'), { fun, args: [0], quotas, seed })
    expect(result).toMatchObject({ error: { name: 'Trap' } })
    expect(usage.gas).toBe(blocks + gas)
  })

  it('behind 8,000, where none begins before', () => {
    const module = prepare(longBlock())
    if ('error' in module) throw new Error(module.error.message)
    const { usage } = invoke(module.ok, { fun: 'f', args: [], quotas, seed })
    expect(usage.gas).toBe(128 + 4096 + 8001)
  })
})

describe('a quota decides whether there is a result, and never which', () => {
  it('by the sum alone, to the unit', () => {
    const { usage } = run('rounds', 5000)
    expect(run('rounds', 5000, usage.gas).result).toEqual({ ok: 0 })
    const { result } = run('rounds', 5000, usage.gas - 1)
    expect(result).toMatchObject({ error: { name: 'OutOfGas', used: usage.gas, limit: usage.gas - 1 } })
  })

  it('whatever is asked and allowed: the same permanent outcome and gas, or a quota error', () => {
    const functions = program.functions.map(({ name }) => name)
    const quota = fc.oneof(fc.nat(80_000), fc.constant(1e11))
    const pages = fc.oneof(fc.nat(40), fc.constant(40_000))
    const crossings = new Map<string, number>()
    fc.assert(
      fc.property(
        fc.constantFrom(...functions),
        fc.oneof(fc.nat(40), fc.nat(2000)),
        fc.array(fc.tuple(quota, pages), { minLength: 3, maxLength: 3 }),
        (fun, n, allowances) => {
          // Counting down from 0 takes 2^32 rounds.
          fc.pre(fun !== 'rounds' || n > 0)
          const free = run(fun, n, 1e11, 2 ** 31)
          for (const [gas, memory] of allowances) {
            const { result, usage } = run(fun, n, gas, memory * 65_536)
            const name = 'error' in result ? result.error.name : 'ok'
            if (name === 'OutOfGas' || name === 'MemoryQuota') {
              crossings.set(name, (crossings.get(name) ?? 0) + 1)
            } else {
              expect(result).toEqual(free.result)
              expect(usage.gas).toBe(free.usage.gas)
            }
          }
        },
      ),
      { seed: 4, numRuns: 250 },
    )
    expect(crossings.get('OutOfGas')).toBeGreaterThan(10)
    expect(crossings.get('MemoryQuota')).toBeGreaterThan(10)
  })
})

describe('the published table', () => {
  const rows = [
    ...readFileSync(new URL('../../../../docs/gas.md', import.meta.url), 'utf8').matchAll(/^\| (`.+) +\| (\d+) +\|$/gm),
  ]

  it('is the one that is charged', () => {
    const published = new Map<string, number>()
    for (const [, names = '', cost] of rows) {
      for (const [, name = ''] of names.matchAll(/`([^`]+)`/g)) published.set(name, Number(cost))
    }
    expect(published.size).toBeGreaterThan(15)
    const patterns = [...published].map(
      ([name, cost]) => [new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[a-z0-9_]*')}$`), cost] as const,
    )
    for (const instruction of [...plainInstructions, ...miscInstructions, ...simdInstructions]) {
      if (!instruction || instruction.refused !== undefined) continue
      const [, cost] = patterns.find(([pattern]) => pattern.test(instruction.name)) ?? [undefined, 1]
      expect([instruction.name, instruction.cost]).toEqual([instruction.name, cost])
    }
  })
})
