import { nameOf } from '@ipvm/ipld'
import type { JournalEntry, JournalEvent, RunState } from '@ipvm/store'
import { defaultConfig, type EffectClass, type PlacedTask } from '@ipvm/workflow'
import { timelineOf } from './timeline-of.ts'
import type { Timeline, TimelineParts } from './timeline.ts'

/** When the runs of these stories begin, milliseconds since 1970. */
export const start = 1_767_225_600_000

/** A task of a layout; `awaits` are places. */
export function placed(
  label: string,
  cls: EffectClass = 'pure',
  awaits: readonly number[] = [],
  more = {},
): PlacedTask {
  const cmd = cls === 'pure' ? '/wasm/run' : cls === 'query' ? '/http/get' : '/msg/send'
  const task = { cmd, args: {}, nonce: new Uint8Array(0) } as const
  return {
    ...{ label, name: nameOf(label), task, class: cls, idempotent: false, config: defaultConfig, awaits, foreign: [] },
    ...{ afterMutation: false, handled: false, standby: false, secret: false },
    ...more,
  }
}

/** What happens, so many milliseconds after the beginning. */
export type Told = readonly [after: number, event: JournalEvent]

const cause = { name: 'Unreachable', message: 'the other side does not answer' }
const named = (label: string) => ({ label, task: nameOf(label) })

/** The entries of a journal. */
export const says = {
  resumed: (owner = '7'): JournalEvent => ({ type: 'resumed', owner }),
  settled: (
    label: string,
    milliseconds = 1,
    how: Extract<JournalEvent, { type: 'settled' }>['how'] = 'ran',
  ): JournalEvent => ({ type: 'settled', ...named(label), how, receipt: nameOf(`${label} receipt`), milliseconds }),
  intent: (label: string, attempt = 1): JournalEvent => ({ type: 'intent', ...named(label), attempt }),
  retrying: (label: string, attempt: number, due: number): JournalEvent => {
    return { type: 'retrying', ...named(label), attempt, cause, due: start + due }
  },
  unknown: (label: string): JournalEvent => ({ type: 'unknown', ...named(label), cause }),
  only: (type: 'released' | 'parked' | 'suspended' | 'cancelling'): JournalEvent => ({ type }),
  ended: (end: 'ok' | 'failed' | 'cancelled' = 'ok'): JournalEvent => ({ type: 'ended', end }),
}

/** A run along time, as its journal tells it. */
export function drawn(
  tasks: readonly PlacedTask[],
  told: readonly Told[],
  more: Partial<TimelineParts> = {},
): Timeline {
  const run = nameOf('run')
  const journal = told.map(([after, event], i): JournalEntry => ({ run, seq: i + 1, at: start + after, event }))
  const end = journal.findLast(({ event }) => event.type === 'ended')?.event
  const state: RunState = {
    ...{ run, invocation: run, delegations: [], workflow: nameOf('workflow'), tasks: tasks.length, at: start / 1000 },
    ...{
      owner: '7',
      seq: journal.length,
      suspended: journal.at(-1)?.event.type === 'suspended',
      cancelling: false,
      name: 'story',
    },
    ...(end?.type === 'ended' && { end: end.end }),
  }
  const [last] = journal.slice(-1)
  return timelineOf({
    run: state,
    layout: { tasks },
    journal,
    intents: [],
    executor: '7',
    now: last?.at ?? start,
    ...more,
  })
}
