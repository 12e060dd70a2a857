import { expect, test } from 'vitest'
import { defaultConfig, readConfig } from '../index.ts'

test('quantities have units, and the nearer one wins', () => {
  const whole = readConfig({ time: [45, 'minutes'], memory: [10, 'mega', 'bytes'] }, defaultConfig, 'config')
  expect(whole).toEqual({ ok: { ...defaultConfig, time: 2_700_000, memory: 10_000_000 } })
  expect(readConfig({ time: [1.5, 'seconds'] }, 'ok' in whole ? whole.ok : defaultConfig, 'config')).toEqual({
    ok: { ...defaultConfig, time: 1500, memory: 10_000_000 },
  })
  expect(readConfig({ memory: [1, 'gibi', 'bytes'] }, defaultConfig, 'config')).toMatchObject({
    ok: { memory: 2 ** 30 },
  })
  expect(readConfig(undefined, defaultConfig, 'config')).toEqual({ ok: defaultConfig })
})

test('gas, disk and output are limits, too', () => {
  const config = { gas: [10, 'giga', 'gas'], disk: [5, 'mebi', 'bytes'], output: [300, 'bytes'] }
  const limits = { gas: 1e10, disk: 5 * 2 ** 20, output: 300 }
  expect(readConfig(config, defaultConfig, 'config')).toEqual({ ok: { ...defaultConfig, ...limits } })
  expect(readConfig({ gas: [7, 'gas'] }, defaultConfig, 'config')).toMatchObject({ ok: { gas: 7 } })
  expect(defaultConfig).toMatchObject({ gas: 1e11, disk: 2 ** 30, output: 2 ** 28 })
})

test.each([
  [{ time: 5 }],
  [{ time: [5, 'bytes'] }],
  [{ time: [-5, 'seconds'] }],
  [{ time: [5, 'huge', 'seconds'] }],
  [{ memory: [1, 'mega', 'bytes', 'more'] }],
  [{ gas: 5 }],
  [{ gas: [5, 'bytes'] }],
  [{ disk: [5, 'gas'] }],
  [{ speed: [5, 'gas'] }],
  [{ constructor: [5, 'gas'] }],
  [[]],
])('%j is refused, with its path', config => {
  expect(readConfig(config, defaultConfig, 'config')).toMatchObject({ error: { name: 'InvalidWorkflow' } })
})
