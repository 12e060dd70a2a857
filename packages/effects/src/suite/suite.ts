import type { Effect } from '@ipvm/runtime'
import type { OtherSide } from './other-side.ts'
import { kindOf } from './rules.ts'
import { callStories, checkDefinition, deliveryStories, killStories, type TellStory } from './stories.ts'
import { Trial } from './trial.ts'

export type { OtherSide } from './other-side.ts'

/** What the suite is told of an effect. */
export interface SuiteOptions {
  readonly effect: Effect
  /** The module whose default export is a list that has the effect: `new URL('./shop.ts', import.meta.url)`. */
  readonly module: URL | string
  /** Of an effect with `honoursKey`: whether that holds of the arguments of this other side. */
  readonly honoursKey?: boolean
  /** A fresh other side, of which nothing was asked yet. */
  open(): OtherSide | Promise<OtherSide>
}

/** `test` of node:test or of Vitest, or what does as they do. */
export type TestFunction = (name: string, options: { readonly timeout: number }, run: () => Promise<void>) => unknown

const timeout = 120_000

/**
 * The contract of an effect, as tests: that it is done as often as its class promises when its process is killed in any
 * gap, when it is asked for twice, and when its answer comes too late; that it keeps to its schema, and stops when it is told to.
 * Each kill is a real one (SIGKILL), of a real process, on a real store.
 *
 * @example
 * effectSuite(test, {
 *   effect: order,
 *   module: new URL('./shop.ts', import.meta.url),
 *   open: async () => {
 *     const shop = await openTestShop()
 *     return {
 *       args: { item: 'tea' },
 *       refused: [{}, { item: 7 }],
 *       env: { SHOP: shop.url },
 *       done: () => shop.orders.length,
 *       close: () => shop.close(),
 *     }
 *   },
 * })
 */
export function effectSuite(test: TestFunction, { effect, module, open, honoursKey = false }: SuiteOptions): void {
  const kind = kindOf(effect, honoursKey)
  const story: TellStory = (name, tell) =>
    test(`${effect.cmd}: ${name}`, { timeout }, async () => {
      const other = await open()
      try {
        const { args, env = {} } = other
        await using trial = await Trial.begin({ module, cmd: effect.cmd, args, env })
        await tell(trial, other)
      } finally {
        await other.close?.()
      }
    })
  test(`${effect.cmd}: its definition is whole`, { timeout }, () => checkDefinition(effect))
  killStories(story, kind)
  deliveryStories(story, kind)
  callStories(story, kind, effect)
}
