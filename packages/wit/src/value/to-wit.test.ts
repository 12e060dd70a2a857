import { cidOf, codec, Float, type Value } from '@ipvm/ipld'
import { describe, expect, it } from 'vitest'
import type { WitType } from '../type/type.ts'
import { fromWit } from './from-wit.ts'
import { linkedFiles, paramsToWit } from './params.ts'
import { toWit } from './to-wit.ts'

const link = cidOf(codec.raw, new Uint8Array([1, 2, 3]))
const content = new Uint8Array([9])
const size: WitType = {
  kind: 'record',
  fields: [
    { name: 'width', type: { kind: 'u32' } },
    { name: 'max-height', type: { kind: 'option', type: { kind: 'u32' } } },
  ],
}
const bytes: WitType = { kind: 'list', type: { kind: 'u8' } }
const shape: WitType = { kind: 'variant', cases: [{ name: 'none' }, { name: 'round-dot', type: { kind: 'f64' } }] }
const rights: WitType = { kind: 'flags', names: ['may-read', 'may-write'] }
const outcome: WitType = { kind: 'result', error: { kind: 'string' } }
const deep: WitType = { kind: 'option', type: { kind: 'option', type: { kind: 'bool' } } }

function convert(type: WitType, value: Value): unknown {
  const wit = toWit(type, value, 'params[0]', cid => (cid.equals(link) ? content : undefined))
  return 'error' in wit ? wit.error.message : wit.ok
}

describe('IPLD to WIT, directed by the type', () => {
  it.each([
    [{ kind: 'bool' }, true, true],
    [{ kind: 'u8' }, new Float(255), 255],
    [{ kind: 's64' }, 5, 5n],
    [{ kind: 'f64' }, 3, 3],
    [{ kind: 'f32' }, 0.1, Math.fround(0.1)],
    [{ kind: 'char' }, 'é', 'é'],
    [{ kind: 'string' }, link, link.toString()],
    [bytes, content, content],
    [bytes, link, content],
    [bytes, [1, 2], new Uint8Array([1, 2])],
    [{ kind: 'list', type: { kind: 's16' } }, [1, -2], new Int16Array([1, -2])],
    [{ kind: 'list', type: { kind: 'u64' } }, [1], new BigUint64Array([1n])],
    [size, { width: 1, maxHeight: null }, [1, { case: 0 }]],
    [size, { width: 1, max_height: 2 }, [1, { case: 1, value: 2 }]],
    [shape, { none: null }, { case: 0 }],
    [shape, { roundDot: 1.5 }, { case: 1, value: 1.5 }],
    [rights, ['mayWrite'], 2],
    [rights, [], 0],
    [outcome, { ok: null }, { case: 0 }],
    [outcome, { error: 'bad' }, { case: 1, value: 'bad' }],
    [deep, { some: null }, { case: 1, value: { case: 0 } }],
  ] satisfies [WitType, Value, unknown][])('%j', (type, value, expected) => {
    expect(convert(type, value)).toEqual(expected)
  })

  it.each([
    [{ kind: 'bool' }, 1, 'params[0]: expected bool, got 1'],
    [{ kind: 'u32' }, -1, 'params[0]: expected u32, got -1'],
    [{ kind: 'u32' }, 1.5, 'params[0]: expected u32, got 1.5'],
    [{ kind: 'u64' }, 2n ** 64n, 'params[0]: expected u64, got 18446744073709551616'],
    [
      { kind: 'f64' },
      2n ** 53n + 1n,
      'params[0]: expected f64, got 9007199254740993, which an f64 cannot hold exactly',
    ],
    [{ kind: 'f32' }, 1e300, 'params[0]: expected f32, got 1e+300'],
    [{ kind: 'f64' }, '1', 'params[0]: expected f64, got "1"'],
    [{ kind: 'char' }, 'ab', 'params[0]: expected char, got "ab"'],
    [{ kind: 'char' }, '', 'params[0]: expected char, got ""'],
    [{ kind: 'string' }, '\ud800', 'params[0]: expected string, got text with half a character (a lone surrogate)'],
    [bytes, 'AQID', 'params[0]: expected list<u8>, got "AQID"'],
    [bytes, [256], 'params[0][0]: expected u8, got 256'],
    [size, { width: -1, 'max-height': null }, 'params[0].width: expected u32, got -1'],
    [size, { width: 1 }, 'params[0].max-height: expected option<u32>, got nothing: the key is missing'],
    [size, { width: 1, 'max-height': 1, maxHeight: 1 }, 'got the key "maxHeight" in two spellings'],
    [size, { width: 1, depth: 1 }, 'got the key "depth", which it has not'],
    [shape, 'none', 'expected variant { none, round-dot(f64) }, got "none"'],
    [shape, { none: 1 }, 'params[0].none: expected null (the case carries nothing), got 1'],
    [rights, ['may-read', 'mayRead'], 'got may-read twice'],
    [outcome, { ok: 1 }, 'params[0].ok: expected null (the case carries nothing), got 1'],
    [deep, true, 'expected null or {"some": …} (an option of an option), got true'],
    [{ kind: 'tuple', types: [{ kind: 'u8' }] }, [1, 2], 'expected tuple<u8>, got a list of 2'],
  ] satisfies [WitType, Value, string][])('refuses %#', (type, value, message) => {
    expect(convert(type, value)).toContain(message)
  })

  it('a link whose content was not fetched is refused', () => {
    expect(convert(bytes, cidOf(codec.raw, content))).toMatch(/whose content is not at hand$/)
  })
})

describe('WIT to IPLD, with nothing reinterpreted', () => {
  it.each([
    [{ kind: 'string' }, link.toString(), link.toString()],
    [bytes, new Uint8Array(), new Uint8Array()],
    [{ kind: 'f32' }, Math.fround(0.1), 0.10000000149011612],
    [{ kind: 'f64' }, 2, new Float(2)],
    [{ kind: 'u64' }, 2n ** 60n, 2n ** 60n],
    [{ kind: 's64' }, -3n, -3],
    [deep, { case: 1, value: { case: 0 } }, { some: null }],
    [size, [1, { case: 0 }], { width: 1, 'max-height': null }],
    [rights, 3, ['may-read', 'may-write']],
    [{ kind: 'list', type: { kind: 'f64' } }, new Float64Array([1, 1.5]), [new Float(1), 1.5]],
  ] satisfies [WitType, Parameters<typeof fromWit>[1], Value][])('%j', (type, value, expected) => {
    expect(fromWit(type, value, 'result')).toEqual({ ok: expected })
  })

  it('NaN and the infinities have no form, and say where they are', () => {
    const type: WitType = { kind: 'list', type: { kind: 'f32' } }
    const result = fromWit(type, new Float32Array([1, Number.POSITIVE_INFINITY]), 'result')
    expect(result).toMatchObject({ error: { name: 'Unrepresentable', path: 'result[1]' } })
  })
})

describe('the parameters of a call', () => {
  const type = {
    params: [
      { name: 'png', type: bytes },
      { name: 'sizes', type: { kind: 'list', type: size } },
    ],
  } as const

  it('a wrong number of them prints the signature', () => {
    const result = paramsToWit('fit', type, [content], () => undefined)
    expect('error' in result && result.error.message).toBe(
      'params: expected 2 for fit: func(png: list<u8>, sizes: list<record { width: u32, max-height: option<u32> }>), got 1',
    )
  })

  it('the links that stand for bytes are found wherever they are, once each', () => {
    const nested: WitType = { kind: 'tuple', types: [bytes, { kind: 'string' }, { kind: 'option', type: bytes }] }
    expect(linkedFiles([bytes, nested], [link, [link, link, link]])).toEqual([link])
    expect(linkedFiles([{ kind: 'string' }], [link])).toEqual([])
  })
})
