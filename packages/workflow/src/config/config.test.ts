import { Float, type Value } from '@ipvm/ipld'
import { describe, expect, test } from 'vitest'
import { defaultConfig, readConfig, resourceLimits, retryDelay } from '../index.ts'

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

test('how a task is tried again, what it waits for, and which goes first', () => {
  const config = {
    retry: { max: 3, backoff: [200, 'milliseconds'], factor: new Float(3) },
    wait: [2, 'days'],
    priority: 9,
    secret: true,
    check: 'attested',
    reuse: [1, 'hours'],
  }
  const retry = { max: 3, backoff: 200, factor: 3 }
  expect(readConfig(config, defaultConfig, 'config')).toEqual({
    ok: { ...defaultConfig, retry, wait: 172_800_000, priority: 9, secret: true, reuse: 3_600_000 },
  })
  const off = { wait: [0, 'seconds'], reuse: [0, 'seconds'] }
  expect(readConfig(off, defaultConfig, 'config')).toMatchObject({ ok: { wait: 0, reuse: 0 } })
  expect(defaultConfig).toMatchObject({ retry: { max: 5, backoff: 1000, factor: 2 }, wait: 60_000, priority: 5 })
})

test('the parts of retry that are not written hold as they did', () => {
  const base = { ...defaultConfig, retry: { max: 2, backoff: 50, factor: 4 } }
  expect(readConfig({ retry: { max: 9 } }, base, 'config')).toMatchObject({
    ok: { retry: { max: 9, backoff: 50, factor: 4 } },
  })
})

test('pauses grow to an hour, and no further', () => {
  const pauses = [1, 2, 3, 13, 900].map(attempt => retryDelay(defaultConfig.retry, attempt))
  expect(pauses).toEqual([1000, 2000, 4000, 3_600_000, 3_600_000])
  expect(retryDelay({ max: 5, backoff: 86_400_000, factor: 2 }, 3)).toBe(86_400_000)
})

test('limits of a report are those of resources alone', () => {
  expect(Object.keys(resourceLimits(defaultConfig)).sort()).toEqual(['disk', 'gas', 'memory', 'output', 'time'])
})

test.each<[Value, string]>([
  [{ retry: 3 }, 'config.retry'],
  [{ retry: { max: 0 } }, 'config.retry.max'],
  [{ retry: { max: 1.5 } }, 'config.retry.max'],
  [{ retry: { max: 1e6 } }, 'config.retry.max'],
  [{ retry: { backoff: 5 } }, 'config.retry.backoff'],
  [{ retry: { backoff: [0, 'seconds'] } }, 'config.retry.backoff'],
  [{ retry: { factor: 0.5 } }, 'config.retry.factor'],
  [{ retry: { factor: 'two' } }, 'config.retry.factor'],
  [{ retry: { maximum: 5 } }, 'config.retry.maximum'],
  [{ wait: [400, 'days'] }, 'config.wait'],
  [{ wait: [-1, 'seconds'] }, 'config.wait'],
  [{ priority: 10 }, 'config.priority'],
  [{ priority: -1 }, 'config.priority'],
  [{ priority: 5.5 }, 'config.priority'],
  [{ secret: 'yes' }, 'config.secret'],
  [{ check: 'spot' }, 'config.check'],
  [{ reuse: [1, 'bytes'] }, 'config.reuse'],
  [{ memory: [0, 'bytes'] }, 'config.memory'],
  [{ speed: 1 }, 'config.speed'],
])('%j is refused at %s', (config, path) => {
  expect(readConfig(config, defaultConfig, 'config')).toMatchObject({ error: { name: 'InvalidWorkflow', path } })
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

describe('what a function may ask for', () => {
  const fx = (value: Value) => readConfig({ fx: value }, defaultConfig, 'config')

  test('is a list of commands with policies, and bounds', () => {
    const grants = [{ cmd: '/kv/put', pol: [['==', '.key', 'k']] }, { cmd: '/' }]
    const read = fx({ grants, depth: 3, gas: [1, 'mega', 'gas'] })
    expect(read).toMatchObject({
      ok: {
        fx: {
          grants: [
            { cmd: '/kv/put', pol: [{}] },
            { cmd: '/', pol: [] },
          ],
          depth: 3,
          tasks: 1000,
          gas: 1e6,
        },
      },
    })
    const whole = 'ok' in read ? read.ok : defaultConfig
    expect(readConfig({ fx: false }, whole, 'config')).toMatchObject({ ok: { fx: undefined } })
    // The nearer one counts as a whole: a grant is not added to another one.
    expect(readConfig({ fx: { grants: [] } }, whole, 'config')).toMatchObject({
      ok: { fx: { grants: [], depth: 100 } },
    })
  })

  test.each<[Value, string]>([
    [true, 'config.fx'],
    [{}, 'config.fx.grants'],
    [{ grants: [{ cmd: 'kv' }] }, 'config.fx.grants[0].cmd'],
    [{ grants: [{ cmd: '/kv', pol: [['=', '.a', 1]] }] }, 'config.fx.grants[0].pol'],
    [{ grants: [{ cmd: '/kv', policy: [] }] }, 'config.fx.grants[0].policy'],
    [{ grants: Array.from({ length: 65 }, () => ({ cmd: '/kv' })) }, 'config.fx.grants'],
    [{ grants: [], depth: 0 }, 'config.fx.depth'],
    [{ grants: [], tasks: 10_001 }, 'config.fx.tasks'],
    [{ grants: [], gas: 5 }, 'config.fx.gas'],
    [{ grants: [], deep: 5 }, 'config.fx.deep'],
  ])('%j is refused at %s', (value, path) => {
    expect(fx(value)).toMatchObject({ error: { name: 'InvalidWorkflow', path } })
  })
})
