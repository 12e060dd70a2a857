import { setImmediate } from 'node:timers/promises'
import type { Effect } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'

/**
 * Bugs that the harness plants around the runtime, to see that it finds them: commits that are acknowledged before they
 * made; intents that are not written down; an effect that calls itself idempotent and is not; a key that is another one at
 * each attempt.
 */
export const plants = ['early word', 'lost intent', 'false idempotence', 'new key'] as const

export type Plant = (typeof plants)[number]

/** The store, made wrong. */
export function plantInStore(store: Store, plant: Plant | undefined): Store {
  switch (plant) {
    case 'early word':
      return {
        ...store,
        commit: async change => {
          store.commit(change).catch(() => {})
        },
        // Who follows is woken by the word, and what they read is brought to the disk for them, before anybody else has heard
        // the word: then hardly any would be too early.
        journal: async (run, after) => {
          await setImmediate()
          return store.journal(run, after)
        },
      }
    case 'lost intent':
      return { ...store, commit: ({ intents: _, ...change }) => store.commit(change) }
    default:
      return store
  }
}

/** An effect, made wrong. */
export function plantInEffect<Args>(effect: Effect<Args>, plant: Plant | undefined): Effect<Args> {
  switch (plant) {
    case 'false idempotence':
      return effect.cmd === '/test/once' ? { ...effect, idempotent: true } : effect
    case 'new key':
      return {
        ...effect,
        run: (args, context) => effect.run(args, { ...context, key: `${context.key}${context.attempt}` }),
      }
    default:
      return effect
  }
}
