import { describe, expect, test } from 'vitest'
import { kvEffects, type Effect } from '@ipvm/runtime'
import { boastful, careless, forgetful, hasty, keyed, openShop, plain, price, probed } from './shop.test-fixture.ts'
import { effectSuite } from './suite.ts'

const module = new URL('./shop.test-fixture.ts', import.meta.url)

describe('effects that keep their contract', () => {
  for (const effect of [price, keyed, plain, probed]) effectSuite(test, { effect, module, open: openShop })

  const put = kvEffects.find(({ cmd }) => cmd === '/kv/put')
  if (!put) throw new Error('there is /kv/put')
  effectSuite(test, {
    effect: put,
    module,
    open: () => ({
      args: { key: 'tea', value: 'green' },
      refused: [{}, { key: '', value: 1 }, { key: 'tea', value: 1, expect: -1 }],
      done: store => store.kvVersion('tea'),
    }),
  })
})

/** What the suite says of an effect: the stories that it does not keep to, with why. */
async function verdictOn(effect: Effect, only: RegExp): Promise<readonly string[]> {
  const stories: (readonly [name: string, run: () => Promise<void>])[] = []
  effectSuite((name, _, run) => stories.push([name, run]), { effect, module, open: openShop })
  const told = stories.filter(([name]) => only.test(name))
  expect(told.length).toBeGreaterThan(0)
  const problems: string[] = []
  for (const [name, run] of told) {
    await run().catch((thrown: unknown) =>
      problems.push(`${name}: ${thrown instanceof Error ? thrown.message : thrown}`),
    )
  }
  return problems
}

describe('what does not keep it is told apart', { timeout: 120_000 }, () => {
  test('an effect that calls itself idempotent, and is not', async () => {
    const problems = await verdictOn(boastful, /killed between the (call|intent)|one key/)
    expect(problems).toEqual([
      '/shop/boastful: killed between the call and its outcome: its run is "ok", done 2×; by its class it has to be "ok", done 1×',
      '/shop/boastful: called twice under one key, it is done once: it was done 2× and not 1×',
    ])
  })

  test('one that is only as long as its process lives', async () => {
    expect(await verdictOn(forgetful, /killed between the call|one key/)).toEqual([
      expect.stringContaining('killed between the call and its outcome: its run is "ok", done 2×'),
    ])
  })

  test('a probe that says what it does not know', async () => {
    expect(await verdictOn(hasty, /killed between the (call|intent)/)).toEqual([
      expect.stringContaining('done 2×; by its class it has to be "ok", done 1×, or "unknown", done 1×'),
    ])
  })

  test('one that takes any arguments, does not stop, and throws', async () => {
    expect(await verdictOn(careless, /arguments|told to|nobody/)).toEqual([
      expect.stringContaining('its schema takes {}'),
      expect.stringContaining('its signal was aborted, and it went on for 5 s'),
      expect.stringContaining('it threw, of which nobody can say whether it was done'),
    ])
  })
})
