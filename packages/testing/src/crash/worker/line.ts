import type { KillPoint } from '../kill-point.ts'
import type { Plant } from '../plant.ts'

/** What a worker is told, as JSON. */
export interface Orders {
  /** The SQLite file of its store. */
  readonly store: string
  /** The counting server. */
  readonly server: string
  /** What its workflows are made of. */
  readonly seed: string
  readonly kill?: KillPoint
  /** What is made wrong on purpose, to see that it is found. */
  readonly plant?: Plant
  /** Whether it waits until it is told to go before it asks for its workflows, and asks for them one after the other. */
  readonly waits?: boolean
  /** Whether it lives on when all is done, until its input ends. */
  readonly stays?: boolean
}

/**
 * A line of a worker's output, as JSON. `accepted`, `settled`, `unknown` and `ended` acknowledge: what they say has to be
 * true for ever. The others tell what the worker was doing when it was killed; CIDs are text.
 */
export type Line =
  /** It has claimed the store and goes on with what was open. */
  | { readonly type: 'open' }
  /** Another process runs this store's workflows. */
  | { readonly type: 'claimed'; readonly owner: string }
  | { readonly type: 'accepted'; readonly workflow: number; readonly run: string }
  /** The store is full, or the like; it asks again. */
  | { readonly type: 'refused'; readonly workflow: number; readonly name: string; readonly message: string }
  | {
      readonly type: 'settled'
      readonly run: string
      readonly seq: number
      readonly label: string
      readonly how: string
      readonly receipt: string
    }
  | {
      readonly type: 'unknown'
      readonly run: string
      readonly seq: number
      readonly label: string
      readonly task: string
    }
  /** Nothing more of it goes on until a person says how its unknown mutations ended. */
  | { readonly type: 'parked'; readonly run: string }
  | { readonly type: 'ended'; readonly run: string; readonly end: string }
  /** The store is about to be given a change with these intents and conclusions. */
  | {
      readonly type: 'committing'
      readonly number: number
      readonly intents: readonly string[]
      readonly concluded: readonly string[]
    }
  /** The store says that it is on the disk. */
  | { readonly type: 'committed'; readonly number: number }
  | { readonly type: 'calling'; readonly task: string; readonly attempt: number }
  /** `outcome` is `ok`, what follows from the error, or `thrown`. */
  | { readonly type: 'called'; readonly task: string; readonly outcome: string }
  | { readonly type: 'killing'; readonly at: string; readonly nth: number }
  /** Every run has ended; how many commits and calls there were. */
  | { readonly type: 'done'; readonly commits: number; readonly calls: number }
