import { cidOf, codec, Float } from '@ipvm/ipld'
import { describe, expect, it } from 'vitest'
import type { WitType } from '../type/type.ts'
import { parseArgument } from './parse-argument.ts'

const bytes: WitType = { kind: 'list', type: { kind: 'u8' } }
const link = cidOf(codec.raw, new Uint8Array([1]))

describe('what a person types for one parameter', () => {
  it.each([
    [{ kind: 'u32' }, '42', 42],
    [{ kind: 'u64' }, '18446744073709551615', 18_446_744_073_709_551_615n],
    [{ kind: 'f64' }, '1.0', new Float(1)],
    [{ kind: 'f32' }, '-.5e1', new Float(-5)],
    [{ kind: 'bool' }, 'true', true],
    [{ kind: 'string' }, 'two words', 'two words'],
    [{ kind: 'string' }, '42', '42'],
    [{ kind: 'enum', names: ['lower-left'] }, 'lowerLeft', 'lowerLeft'],
    [{ kind: 'option', type: { kind: 'u8' } }, 'null', null],
    [{ kind: 'option', type: { kind: 'u8' } }, '7', 7],
    [bytes, link.toString(), link],
    [bytes, '[1, 2]', [1, 2]],
    [{ kind: 'tuple', types: [{ kind: 'u8' }, { kind: 'string' }] }, '[1, "a"]', [1, 'a']],
  ] satisfies [WitType, string, unknown][])('%j', (type, text, expected) => {
    expect(parseArgument(type, text, 'n')).toEqual({ ok: expected })
  })

  it.each([
    [{ kind: 'u32' }, '-1', 'n: expected u32, got -1'],
    [{ kind: 'u32' }, 'many', 'n: expected u32, got "many"'],
    [{ kind: 'bool' }, 'yes', 'n: expected bool, got "yes"'],
    [bytes, 'portrait.png', 'n: expected list<u8>, got "portrait.png"'],
    [{ kind: 'list', type: { kind: 'u16' } }, '[70000]', 'n[0]: expected u16, got 70000'],
    [{ kind: 'enum', names: ['north'] }, 'up', 'n: expected enum { north }, got "up"'],
  ] satisfies [WitType, string, string][])('refuses %#', (type, text, message) => {
    const parsed = parseArgument(type, text, 'n')
    expect('error' in parsed && parsed.error.message).toBe(message)
  })
})
