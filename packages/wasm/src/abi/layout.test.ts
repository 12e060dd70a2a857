import type { WitType } from '@ipvm/wit'
import { describe, expect, it } from 'vitest'
import { flattenFunction } from './call.ts'
import { layoutOf, type CoreValue } from './layout.ts'
import { CoreValues, liftFlat } from './lift.ts'
import { lowerFlat } from './lower.ts'
import { GuestMemory } from './memory.ts'

const u32: WitType = { kind: 'u32' }
const f32: WitType = { kind: 'f32' }

function variantOf(...types: readonly WitType[]): WitType {
  return { kind: 'variant', cases: types.map((type, i) => ({ name: `c${i}`, type })) }
}

describe('types lie in memory as the canonical ABI says', () => {
  it.each([
    [{ kind: 'tuple', types: [{ kind: 'u8' }, { kind: 'u64' }, { kind: 'u8' }] }, 24, 8],
    [{ kind: 'option', type: { kind: 'u8' } }, 2, 1],
    [{ kind: 'option', type: { kind: 'u64' } }, 16, 8],
    [{ kind: 'result' }, 1, 1],
    [{ kind: 'result', ok: { kind: 'string' } }, 12, 4],
    [{ kind: 'enum', names: Array.from({ length: 256 }, (_, i) => `e${i}`) }, 1, 1],
    [{ kind: 'enum', names: Array.from({ length: 257 }, (_, i) => `e${i}`) }, 2, 2],
    [variantOf(...Array.from({ length: 257 }, () => ({ kind: 'u8' }) as const)), 4, 2],
    [{ kind: 'flags', names: Array.from({ length: 9 }, (_, i) => `f${i}`) }, 2, 2],
    [{ kind: 'flags', names: Array.from({ length: 17 }, (_, i) => `f${i}`) }, 4, 4],
  ] satisfies [WitType, number, number][])('%#', (type, size, alignment) => {
    expect(layoutOf(type)).toMatchObject({ size, alignment })
  })
})

describe('cases share their places on the stack', () => {
  const memory = new GuestMemory({ encoding: 'utf8', memory: undefined, realloc: undefined, charge: () => {} })
  const s32: WitType = { kind: 's32' }
  const f64: WitType = { kind: 'f64' }

  it.each([
    [variantOf(u32, f32), ['i32', 'i32']],
    [variantOf(f32, f32), ['i32', 'f32']],
    [variantOf(f32, f64), ['i32', 'i64']],
    [variantOf(u32, { kind: 'u64' }), ['i32', 'i64']],
    [variantOf(u32, { kind: 'tuple', types: [f32, f64] }), ['i32', 'i32', 'f64']],
  ] satisfies [WitType, string[]][])('%#', (type, flat) => {
    expect(layoutOf(type).flat).toEqual(flat)
  })

  it.each([
    [variantOf(u32, f32), { case: 1, value: 1.5 }, [1, 0x3fc0_0000]],
    [variantOf(s32, { kind: 'u64' }), { case: 0, value: -1 }, [0, 0xffff_ffffn]],
    [variantOf(f32, f64), { case: 0, value: -2 }, [0, 0xc000_0000n]],
    [variantOf(f32, f64), { case: 1, value: 1 }, [1, 0x3ff0_0000_0000_0000n]],
    [{ kind: 'option', type: f64 }, { case: 0 }, [0, 0]],
  ] satisfies [WitType, Parameters<typeof lowerFlat>[2], CoreValue[]][])(
    'and come back out of them, %#',
    (type, value, core) => {
      const out: CoreValue[] = []
      lowerFlat(memory, type, value, out)
      expect(out).toEqual(core)
      expect(liftFlat(memory, type, new CoreValues(out))).toEqual(value)
    },
  )
})

describe('the core type of a function', () => {
  const many = (count: number): { name: string; type: WitType }[] =>
    Array.from({ length: count }, (_, i) => ({ name: `p${i}`, type: u32 }))

  it('passes up to 16 parameters on the stack, and one result', () => {
    expect(flattenFunction({ params: many(16), result: f32 }, 'lift')).toEqual({
      params: Array.from({ length: 16 }, () => 'i32'),
      results: ['f32'],
    })
    expect(flattenFunction({ params: many(17) }, 'lift')).toEqual({ params: ['i32'], results: [] })
  })

  it('a larger result is a pointer that the callee gives, or that the caller passes', () => {
    const type = { params: many(1), result: { kind: 'string' } } as const
    expect(flattenFunction(type, 'lift')).toEqual({ params: ['i32'], results: ['i32'] })
    expect(flattenFunction(type, 'lower')).toEqual({ params: ['i32', 'i32'], results: [] })
  })
})
