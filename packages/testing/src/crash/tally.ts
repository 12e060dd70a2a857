import { allLines, type Evidence, type Life } from './check/evidence.ts'
import type { Doubts } from './check/unknown.ts'

/** Figures of one test or of many. */
export interface Tally {
  /** How often a worker was killed, by the kind of point. */
  readonly kills: Readonly<Record<string, number>>
  /** Tests whose workers had ended before they came to their kill points. */
  readonly unharmed: number
  /** Nodes that took a store's runs over from one that was killed beside them. */
  readonly takenOver: number
  /** Runs of workflows. */
  readonly runs: number
  /** Receipts that were acknowledged, and are there. */
  readonly acknowledged: number
  /** Mutations that were done at the counting server. */
  readonly done: number
  /** Mutations that were listed as unknown since a worker was killed between intent and outcome. */
  readonly unknown: number
  /** The same, where nobody was killed and the answer was lost on the way. */
  readonly unanswered: number
  /** Mutations that arrived again under the same key. */
  readonly resent: number
  /** Mutations that a person had tried again, after looking. */
  readonly retried: number
}

export const nothing: Tally = {
  kills: {},
  unharmed: 0,
  takenOver: 0,
  runs: 0,
  acknowledged: 0,
  done: 0,
  unknown: 0,
  unanswered: 0,
  resent: 0,
  retried: 0,
}

/** The figures of one test. */
export function tally(evidence: Evidence, { killed, unanswered }: Doubts): Tally {
  const { lives, submissions, arrivals, retried } = evidence
  const receipts = allLines(evidence).flatMap(line => (line.type === 'settled' ? [line.receipt] : []))
  const mutations = arrivals.filter(({ kind }) => kind !== 'value')
  const again = mutations.filter(({ kind }) => kind === 'keyed').length - distinct(mutations, 'keyed')
  return {
    kills: killsBy(lives),
    unharmed: lives.some(life => life.killed) ? 0 : 1,
    takenOver: lives.filter(({ lines }) => isTakenOver(lines)).length,
    runs: submissions.length,
    acknowledged: new Set(receipts).size,
    done: mutations.filter(({ acted }) => acted).length,
    unknown: killed,
    unanswered,
    resent: again,
    retried: [...retried.values()].reduce((sum, times) => sum + times, 0),
  }
}

/** Whether another node had the store's runs at first, and this one had them later. */
function isTakenOver(lines: Life['lines']): boolean {
  return lines.some(({ type }) => type === 'claimed') && lines.some(({ type }) => type === 'open')
}

function distinct(arrivals: Evidence['arrivals'], wanted: string): number {
  return new Set(arrivals.filter(({ kind }) => kind === wanted).map(({ id }) => id)).size
}

function killsBy(lives: readonly Life[]): Record<string, number> {
  const kills: Record<string, number> = {}
  for (const { killed, kill } of lives) {
    if (killed && kill) kills[kill.at] = (kills[kill.at] ?? 0) + 1
  }
  return kills
}

/** Figures together. */
export function together(one: Tally, other: Tally): Tally {
  const kills = { ...one.kills }
  for (const [at, times] of Object.entries(other.kills)) kills[at] = (kills[at] ?? 0) + times
  return {
    kills,
    unharmed: one.unharmed + other.unharmed,
    takenOver: one.takenOver + other.takenOver,
    runs: one.runs + other.runs,
    acknowledged: one.acknowledged + other.acknowledged,
    done: one.done + other.done,
    unknown: one.unknown + other.unknown,
    unanswered: one.unanswered + other.unanswered,
    resent: one.resent + other.resent,
    retried: one.retried + other.retried,
  }
}
