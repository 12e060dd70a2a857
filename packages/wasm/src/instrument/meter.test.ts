import { expect, it } from 'vitest'
import { engine } from '../engine.ts'
import { gasPortion } from '../limits.ts'
import { Meter } from './meter.ts'

const names = { namespace: 'meter', importsCap: false, gas: 'gas', start: undefined }

/** Takes portions out of the pool as a module does, until it is empty. */
function spin(meter: Meter): void {
  const { pool } = meter.imports(names, 0)
  if (!(pool instanceof engine.Global)) throw new TypeError('the pool is no global')
  while (pool.value >= 0n) pool.value = BigInt(pool.value) - BigInt(gasPortion)
}

it('a guest pays out of one purse for itself and for what the host does for it', () => {
  const limit = 100 * gasPortion
  const meter = new Meter({ gas: limit, memory: 0 }, 1)
  for (let left = 60 * gasPortion; left > 0; left -= 1024) meter.charge(1024)
  expect(meter.gas).toBe(60 * gasPortion)
  spin(meter)
  expect(meter.outOfGas?.used).toBeGreaterThan(limit)
  expect(meter.outOfGas?.used).toBeLessThan(limit + 3 * gasPortion)
})

it('what the host is charged with ends the run where nothing is left', () => {
  const meter = new Meter({ gas: 100, memory: 0 }, 1)
  meter.charge(100)
  expect(meter.outOfGas).toBeUndefined()
  expect(() => meter.charge(2 * gasPortion)).toThrow('the gas')
  expect(meter.outOfGas).toEqual({ used: 100 + 2 * gasPortion, limit: 100 })
})

it('gas is counted to the unit under the largest quota, too', () => {
  const meter = new Meter({ gas: Number.MAX_SAFE_INTEGER, memory: 0 }, 256)
  meter.charge(gasPortion + 1)
  expect(meter.gas).toBe(gasPortion + 1)
})
