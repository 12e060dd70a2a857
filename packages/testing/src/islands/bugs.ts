import type { IncomingRequest, NetworkOptions } from '@ipvm/network'
import type { Store } from '@ipvm/store'
import type { DiskFaults } from '../world/disk.ts'

type Answering = NonNullable<NetworkOptions['answer']>

/** A bug that is planted around every node, never in it: each is one that the checkers have to find. */
export interface IslandBug {
  readonly disk?: DiskFaults
  /** The store, as a process gets it. */
  readonly store?: (store: Store) => Store
  readonly answer?: (answer: Answering) => Answering
  /** How long calm lasts at most, milliseconds: less than usual, where nothing more would come. */
  readonly calm?: number
}

/** As it should be. */
export const noIslandBug: IslandBug = {}

/** The bugs, by their names. */
export const islandBugs: Readonly<Record<string, IslandBug>> = {
  'missing-fsync': { disk: { acknowledgesAtOnce: true } },
  'trusts-anybody': { store: store => ({ ...store, trusts: async () => true }) },
  'never-reconciles': { answer: neverReconciles, calm: 900_000 },
  'ignores-revocations': { store: store => ({ ...store, revokersOf: async () => [] }) },
  'silent-contradictions': {
    store: store => ({ ...store, commit: ({ equivocations: _, ...change }) => store.commit(change) }),
  },
}

function neverReconciles(answer: Answering): Answering {
  return async (request: IncomingRequest) =>
    request.type === 'reconcile' ? { error: { name: 'Refused', message: 'another time' } } : answer(request)
}
