import { decodeJson, encodeJson, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import { gaps, type Gap } from './gap.ts'

/** What a process of the suite is to do with an effect. */
export interface Orders {
  /** The URL of the module whose default export is the list of effects. */
  readonly module: string
  readonly cmd: string
  readonly args: ValueMap
  /** The SQLite file of its store. */
  readonly store: string
  /**
   * `run`: a workflow, `twice`: two of one task, which is to be done once ever, `both`: two workflows of a task each; `call`: the
   * effect by itself, `again`: the same with one key twice, `abort`: until it is told to stop.
   */
  readonly what: 'run' | 'twice' | 'both' | 'call' | 'again' | 'abort'
  /** Where it is killed, the first time. */
  readonly gap?: Gap
  /** The first answer comes when its time is over. */
  readonly late?: boolean
}

const whats: readonly Orders['what'][] = ['run', 'twice', 'both', 'call', 'again', 'abort']

/** Orders as one word of a command line. */
export function writeOrders(orders: Orders): string {
  return encodeJson({ ...orders })
}

/** Reads them. @throws where they are none: only the suite writes them */
export function readOrders(text: string): Orders {
  const read = decodeJson(text)
  const value: Value = 'ok' in read ? read.ok : null
  if (!isMap(value)) throw new Error('the orders of the suite are an object')
  const { module, cmd, args, store, gap, late } = value
  const what = whats.find(known => known === value.what)
  if (typeof module !== 'string' || typeof cmd !== 'string' || typeof store !== 'string' || !isMap(args) || !what) {
    throw new Error('the orders of the suite are not whole')
  }
  const at = gaps.find(known => known === gap)
  return { module, cmd, args, store, what, ...(at && { gap: at }), ...(late === true && { late }) }
}

/** How something ended: a task of a run, or a call. */
export interface Ending {
  /** How the run stands. */
  readonly end: string
  /** Its error's name, where it has one. */
  readonly error?: string
  readonly message?: string
  /** What follows from it, of a call by itself; `thrown` where it threw. */
  readonly verdict?: string
}
