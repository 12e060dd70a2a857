import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteOrder } from '../byte-order.ts'
import { MemoryKv } from './kv.ts'

test('whatever is put and let go of between two lists, a list has what has a value, in order', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{1f600}'), maxLength: 4 })
  const step = fc.record({ key, hasValue: fc.boolean(), isListed: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), key, (steps, prefix) => {
      const kv = new MemoryKv()
      const model = new Map<string, number>()
      for (const [i, { key, hasValue, isListed }] of steps.entries()) {
        kv.put({ key, version: i + 1, ...(hasValue && { value: Uint8Array.of(i) }) })
        if (hasValue) model.set(key, i + 1)
        else model.delete(key)
        if (!isListed) continue
        const wanted = [...model.keys()].filter(one => one.startsWith(prefix)).sort(byteOrder)
        expect(kv.list(prefix, { limit: 1000 }).map(entry => [entry.key, entry.version])).toEqual(
          wanted.map(one => [one, model.get(one)]),
        )
      }
    }),
  )
})
