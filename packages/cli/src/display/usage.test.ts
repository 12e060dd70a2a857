import { expect, test } from 'vitest'
import { usageRows, usageText } from './usage.ts'

const used = { gas: 12_345, memory: 3_250_000, output: 900, disk: 0, time: 35.2 }
const limits = { gas: 1e11, memory: 2 ** 28, output: 1000, disk: 2 ** 30, time: 300_000 }

test('what was used stands beside what might have been, in one unit', () => {
  expect(usageText({ used, limits, log: '' })).toBe('12,345 of 10^11 gas, 3.1 of 256 MiB, 35 ms of 5 min')
  expect(usageRows({ used, limits, log: '' })).toEqual([
    ['gas', '12,345 of 10^11'],
    ['memory', '3.1 of 256 MiB'],
    ['time', '35 ms of 5 min'],
    ['output', '900 of 1,000 B'],
    ['disk', '0 of 1,024 MiB'],
  ])
})

test('small amounts are not rounded away, and odd limits are not made even', () => {
  const small = { used: { ...used, memory: 100, time: 1500 }, limits: { ...limits, gas: 1_234_567, time: 45_000 } }
  expect(usageText({ ...small, log: '' })).toBe('12,345 of 1,234,567 gas, <0.01 of 256 MiB, 1.50 s of 45 s')
  const short = { used, limits: { ...limits, time: 1500 } }
  expect(usageText({ ...short, log: '' })).toContain('35 ms of 1.50 s')
})
