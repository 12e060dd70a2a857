import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteOrder } from './byte-order.ts'

test('texts are in the order of their bytes', () => {
  const texts = fc.string({
    unit: fc.constantFrom('', 'a', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  })
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(byteOrder(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})
