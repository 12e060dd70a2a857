import { expect, test } from 'vitest'
import { fuzzWasm } from './fuzz/loop.ts'

test('a slice of the long run: rewriting changes nothing that a program computes, and nothing throws', async () => {
  const until = Date.now() + 6000
  expect(await fuzzWasm(1, ({ inputs }) => inputs < 1500 && Date.now() < until)).not.toHaveProperty('problem')
})
