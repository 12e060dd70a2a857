import type { Effect } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { DiskFaults } from './disk.ts'

/**
 * A bug that is planted around the runtime, never in it: what the runtime would do if it were wrong is done to it by what
 * it stands on. Each is one that the checkers have to find.
 */
export interface Bug {
  readonly disk?: DiskFaults
  /** The store, as a process gets it. */
  readonly store?: (store: Store) => Store
  /** An effect, as a process gets it. */
  readonly effect?: (effect: Effect) => Effect
  /** Whether no workflow has compensations, which a bug would not fit. */
  readonly withoutUndo?: boolean
  /** Whether a stranger's workflow is submitted as the node's own. */
  readonly signsForStrangers?: boolean
}

/** As it should be. */
export const noBug: Bug = {}

/** The bugs, by their names. */
export const bugs: Readonly<Record<string, Bug>> = {
  'missing-fsync': { disk: { acknowledgesAtOnce: true } },
  'torn-change': { disk: { tearsChanges: true } },
  'two-executors': { disk: { claimsForAll: true } },
  'lost-intent': { store: store => ({ ...store, commit: ({ intents: _, ...change }) => store.commit(change) }) },
  'forgotten-intents': { store: store => ({ ...store, intents: async () => [], intent: async () => undefined }) },
  'lost-conclusion': { store: store => ({ ...store, commit: ({ concluded: _, ...change }) => store.commit(change) }) },
  'unmarked-secret': { store: store => ({ ...store, commit: ({ secrets: _, ...change }) => store.commit(change) }) },
  'ended-runs-rise': { store: risingRuns },
  'wrong-memo': { store: wrongMemo },
  'retried-mutation': { effect: effect => (effect.cmd === '/sim/post' ? { ...effect, idempotent: true } : effect) },
  'early-mutation': {
    effect: effect => (effect.cmd === '/sim/post' ? { ...effect, class: 'query' } : effect),
    withoutUndo: true,
  },
  'lying-probe': { effect: lyingProbe },
  'signs-for-strangers': { signsForStrangers: true },
}

/** Forgets of every run that it has ended. */
function risingRuns(store: Store): Store {
  return {
    ...store,
    openRuns: async () => {
      const all = await store.runs(100)
      return all.map(({ end: _, endedAt: __, counts: ___, milliseconds: ____, ...state }) => state)
    },
    run: async id => {
      const { end: _, endedAt: __, ...run } = (await store.run(id)) ?? {}
      return 'seq' in run ? run : undefined
    },
  }
}

/** Answers the question for one name now and then with what is known of the name before. */
function wrongMemo(store: Store): Store {
  let asked = 0
  let last: Awaited<ReturnType<Store['resultsFor']>> = []
  return {
    ...store,
    resultsFor: async (name, profile) => {
      const results = await store.resultsFor(name, profile)
      if (results.length > 0) last = results
      asked += 1
      return asked % 16 === 0 ? last : results
    },
  }
}

/** Says that a mutation was not done whatever the world says. */
function lyingProbe(effect: Effect): Effect {
  const { probe } = effect
  if (!probe || effect.cmd !== '/sim/pay') return effect
  return {
    ...effect,
    probe: async (args, context) => {
      await probe.call(effect, args, context)
      return { error: { name: 'NotDone', message: 'it was not done' }, verdict: 'again' }
    },
  }
}
