import { encode, type Value } from '@ipvm/ipld'
import { alice } from '@ipvm/testing'
import { describe, expect, test } from 'vitest'
import { askedBytesMax, askedItemsMax, askedTasksMax } from '../limits.ts'
import { readAsked } from './asked.ts'

const put = { cmd: '/kv/put', args: { key: 'k' } } as const

function refused(fork: readonly Uint8Array[], join?: Uint8Array): string {
  const read = readAsked({ fork, ...(join && { join }) })
  return 'error' in read ? `${read.error.path}: ${read.error.message}` : 'it was read'
}

describe('what a function asks for', () => {
  test('is a list of tasks, with a nonce or without', () => {
    const nonce = new Uint8Array([1])
    const read = readAsked({ fork: [encode(put), encode({ ...put, sub: alice.did, nonce })], join: encode(put) })
    const plain = { ...put, nonce: new Uint8Array(0) }
    expect(read).toEqual({ ok: { fork: [plain, { ...put, sub: alice.did, nonce }], join: plain } })
    expect(readAsked({ fork: [] })).toEqual({ ok: undefined })
  })

  test.each<[string, Value | Uint8Array, string]>([
    ['a field too many', { ...put, meta: {} }, 'fork[0].meta'],
    ['no command', { args: {} }, 'fork[0]'],
    ['what is no command', { ...put, cmd: 'kv/put' }, 'fork[0].cmd'],
    ['arguments that are no map', { ...put, args: [] }, 'fork[0].args'],
    ['a subject that is none', { ...put, sub: 'alice' }, 'fork[0].sub'],
    ['a nonce that is none', { ...put, nonce: 'x' }, 'fork[0].nonce'],
    ['no map', [1], 'fork[0]'],
    ['arguments that nest too deep', { ...put, args: { deep: nested(101) } }, 'fork[0].args'],
  ])('is refused where it has %s', (_, value, path) => {
    expect(refused([encode(value)])).toMatch(new RegExp(`^${path.replaceAll(/[[\].]/g, '\\$&')}`))
  })

  test('is refused where it is not canonical, or no DAG-CBOR at all', () => {
    const bytes = encode(put)
    expect(refused([bytes], Uint8Array.of(...bytes, 0))).toMatch(/^join: /)
    expect(refused([bytes.subarray(1)])).toMatch(/^fork\[0\]: /)
    expect(refused([bytes, new Uint8Array(0)])).toMatch(/^fork\[1\]: /)
    // The number 1 in two bytes.
    expect(refused([Uint8Array.from([0xa1, 0x61, 0x61, 0x18, 0x01])])).toMatch(/^fork\[0\]: /)
  })

  test('has limits', () => {
    expect(refused(Array.from({ length: askedTasksMax + 1 }, () => encode(put)))).toMatch(/^fork: .* at once/)
    const large = encode({ ...put, args: { bytes: new Uint8Array(askedBytesMax / 2) } })
    expect(refused([large, large])).toMatch(/^fork\[1\]: .* bytes of tasks/)
    const many = encode({ ...put, args: { list: Array.from({ length: askedItemsMax }, () => 0) } })
    expect(refused([], many)).toMatch(/^join: .* values/)
  })
})

function nested(depth: number): Value {
  return depth === 0 ? 0 : [nested(depth - 1)]
}
