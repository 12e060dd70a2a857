import type { Effect } from '@ipvm/runtime'
import type { Change, Store } from '@ipvm/store'
import type { Gap } from './gap.ts'
import type { SuiteWorld } from './world.ts'

/** Ends this process as a power cut would, and at once. */
function cutOff(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal comes at once, but not before this call is over.
  for (;;);
}

/** A store whose process is killed at its gap. */
export function watchStore(store: Store, gap: Gap | undefined): Store {
  return {
    ...store,
    commit: async change => {
      if (gap === 'before the intent' && has(change, 'intent')) cutOff()
      if (gap === 'between the outcome and the receipt' && has(change, 'settled')) cutOff()
      await store.commit(change)
      if (gap === 'after the receipt' && has(change, 'settled')) cutOff()
    },
  }
}

function has({ journal = [] }: Change, type: 'intent' | 'settled'): boolean {
  return journal.some(({ event }) => event.type === type)
}

/** An effect whose process is killed at its gap, or whose first answer comes when its time is over. */
export function watchEffect(effect: Effect, world: SuiteWorld, gap: Gap | undefined, late: boolean): Effect {
  return {
    ...effect,
    run: async (args, context) => {
      if (gap === 'between the intent and the call') cutOff()
      const outcome = await effect.run(args, context)
      if (gap === 'between the call and its outcome') cutOff()
      if (!late || context.attempt > 1) return outcome
      world.endTime()
      return new Promise(() => {})
    },
  }
}
