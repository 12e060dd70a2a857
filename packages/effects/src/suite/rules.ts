import type { Effect } from '@ipvm/runtime'
import type { Gap } from './gap.ts'

/** What an effect is, of which follows what must hold. */
export type Kind = 'query' | 'local' | 'idempotent' | 'probed' | 'once'

/**
 * What an effect's definition makes of it.
 * @param honoursKey what its `honoursKey` says of the arguments that it is tried with
 */
export function kindOf({ class: effect, local, idempotent, probe }: Effect, honoursKey: boolean): Kind {
  if (effect === 'query') return 'query'
  if (local === true) return 'local'
  if (idempotent || honoursKey) return 'idempotent'
  return probe ? 'probed' : 'once'
}

/** How a run may stand, and how often the world may have been changed. */
export interface Allowed {
  readonly end: 'ok' | 'unknown'
  readonly done: number
}

const done: Allowed = { end: 'ok', done: 1 }

/** What is allowed after a kill, once another process has gone on with it. */
export function afterKill(kind: Kind, gap: Gap): readonly Allowed[] {
  if (kind === 'query') return [{ end: 'ok', done: 0 }]
  if (kind === 'local' || kind === 'idempotent' || gap === 'before the intent' || gap === 'after the receipt')
    return [done]
  // Nobody knows: it is not asked for again but after a probe that said it was not done.
  const doubted: Allowed = { end: 'unknown', done: gap === 'between the intent and the call' ? 0 : 1 }
  return kind === 'probed' ? [done, doubted] : [doubted]
}

/** What is allowed where it was done, and the answer came too late. */
export function afterLate(kind: Kind): readonly Allowed[] {
  if (kind === 'query') return [{ end: 'ok', done: 0 }]
  return kind === 'local' || kind === 'idempotent' ? [done] : [{ end: 'unknown', done: 1 }]
}

/** Whether a process that does an effect of this kind comes by a gap. */
export function hasGap(kind: Kind, gap: Gap): boolean {
  // What changes nothing outside of the store needs no intent.
  return gap !== 'before the intent' || (kind !== 'query' && kind !== 'local')
}
