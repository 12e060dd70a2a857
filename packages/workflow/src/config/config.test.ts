import { expect, test } from 'vitest'
import { defaultConfig, readConfig } from '../index.ts'

test('quantities have units, and the nearer one wins', () => {
  const whole = readConfig({ time: [45, 'minutes'], memory: [10, 'mega', 'bytes'] }, defaultConfig, 'config')
  expect(whole).toEqual({ ok: { time: 2_700_000, memory: 10_000_000 } })
  expect(readConfig({ time: [1.5, 'seconds'] }, 'ok' in whole ? whole.ok : defaultConfig, 'config')).toEqual({
    ok: { time: 1500, memory: 10_000_000 },
  })
  expect(readConfig({ memory: [1, 'gibi', 'bytes'] }, defaultConfig, 'config')).toMatchObject({
    ok: { memory: 2 ** 30 },
  })
  expect(readConfig(undefined, defaultConfig, 'config')).toEqual({ ok: defaultConfig })
})

test.each([
  [{ time: 5 }],
  [{ time: [5, 'bytes'] }],
  [{ time: [-5, 'seconds'] }],
  [{ time: [5, 'huge', 'seconds'] }],
  [{ memory: [1, 'mega', 'bytes', 'more'] }],
  [{ gas: 5 }],
  [[]],
])('%j is refused, with its path', config => {
  expect(readConfig(config, defaultConfig, 'config')).toMatchObject({ error: { name: 'InvalidWorkflow' } })
})
