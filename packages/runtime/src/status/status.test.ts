import { nameOf } from '@ipvm/ipld'
import type { Intent, JournalEvent, RunState } from '@ipvm/store'
import { defaultConfig, type EffectClass, type Layout, type PlacedTask } from '@ipvm/workflow'
import { describe, expect, test } from 'vitest'
import { statusOf, stuckTasks, type StatusParts } from './status.ts'

const run = nameOf('run')
const now = 1_767_225_600_000

/** A task of a layout; `awaits` are places. */
function placed(label: string, cls: EffectClass = 'pure', awaits: readonly number[] = [], more = {}): PlacedTask {
  const task = { cmd: '/test/run' as const, args: {}, nonce: new Uint8Array(0) }
  const known = { foreign: [], afterMutation: false, handled: false, standby: false, secret: false }
  return {
    label,
    name: nameOf(label),
    task,
    class: cls,
    idempotent: false,
    config: defaultConfig,
    awaits,
    ...known,
    ...more,
  }
}

/** A query, a pure task of it, a mutation that sends it, a note of that; a price that nobody awaits; an undoing. */
const mixed: Layout = {
  tasks: [
    placed('fetch', 'query'),
    placed('price', 'query'),
    placed('draw', 'pure', [0]),
    placed('send', 'mutation', [2], { compensate: 5 }),
    placed('note', 'pure', [3], { afterMutation: true }),
    placed('unsend', 'mutation', [], { standby: true }),
  ],
}

const open: RunState = {
  run,
  invocation: run,
  delegations: [],
  workflow: nameOf('workflow'),
  tasks: 6,
  at: now / 1000,
  owner: '7',
  seq: 0,
  suspended: false,
  cancelling: false,
}

const settled = (label: string, how: 'ran' | 'failed' = 'ran'): JournalEvent => {
  return { type: 'settled', label, task: nameOf(label), how, receipt: nameOf(`${label} receipt`), milliseconds: 1 }
}
const cause = { name: 'Unreachable', message: 'the other side does not answer' }

function told(events: readonly JournalEvent[], more: Partial<StatusParts> = {}) {
  const journal = [{ type: 'resumed', owner: '7' } as const, ...events].map((event, i) => {
    return { run, seq: i + 1, at: now, event }
  })
  const status = statusOf({ run: open, layout: mixed, journal, intents: [], now, executor: '7', ...more })
  const states = Object.fromEntries(status.tasks.map(({ label, task: _, ...rest }) => [label, rest]))
  return { ...status, states, stuck: stuckTasks(status).map(({ label }) => label) }
}

describe('of a run under way, the journal tells', () => {
  test('what each task waits for', () => {
    const { condition, states, stuck } = told([settled('price')])
    expect(condition).toBe('running')
    expect(states).toMatchObject({
      fetch: { state: 'ready' },
      price: { state: 'settled', how: 'ran' },
      draw: { state: 'awaiting', labels: ['fetch'] },
      send: { state: 'awaiting', labels: ['draw'] },
      note: { state: 'awaiting', labels: ['send'] },
      unsend: { state: 'standby' },
    })
    expect(stuck).toEqual([])
  })

  test('that a mutation is held for whatever could fail before it, and for nothing once it was released', () => {
    const events = [settled('fetch'), settled('draw')]
    expect(told(events).states.send).toMatchObject({ state: 'held', labels: ['price'] })
    expect(told([...events, settled('price')]).states.send).toMatchObject({ state: 'ready' })
    expect(told([...events, { type: 'released' }]).states.send).toMatchObject({ state: 'ready' })
  })

  test('when it is tried again, and why; then its turn has come', () => {
    const retrying = {
      type: 'retrying',
      label: 'fetch',
      task: nameOf('fetch'),
      attempt: 2,
      cause,
      due: now + 500,
    } as const
    expect(told([retrying]).states.fetch).toEqual({ state: 'retrying', attempt: 2, cause, due: now + 500 })
    expect(told([retrying], { now: now + 500 }).states.fetch).toEqual({ state: 'ready' })
    expect(told([retrying, settled('fetch')]).states.fetch).toMatchObject({ state: 'settled' })
  })

  test('how long a task of another workflow is waited for', () => {
    const target = nameOf('elsewhere')
    const waiting = { type: 'waiting', label: 'fetch', target, until: now + 60_000 } as const
    expect(told([waiting]).states.fetch).toEqual({ state: 'waiting', target, until: now + 60_000 })
    expect(told([waiting], { now: now + 60_000 }).states.fetch).toEqual({ state: 'ready' })
  })

  test('that a mutation was asked for, of this run alone', () => {
    const intent: Intent = { task: nameOf('send'), run, label: 'send', attempt: 1, at: now - 5 }
    const events = [settled('fetch'), settled('price'), settled('draw'), { type: 'released' } as const]
    expect(told(events, { intents: [intent] }).states.send).toEqual({ state: 'asked', attempt: 1, since: now - 5 })
    const another = { ...intent, run: nameOf('another run') }
    expect(told(events, { intents: [another] }).states.send).toEqual({ state: 'ready' })
  })

  test('more, where the process is asked that runs it', () => {
    const live = { running: new Set(['fetch']), queued: new Map([['price', '16 of 16 /http/get are under way']]) }
    const { states } = told([], { live })
    expect(states.fetch).toEqual({ state: 'running' })
    expect(states.price).toEqual({ state: 'queued', reason: '16 of 16 /http/get are under way' })
  })
})

describe('a run is', () => {
  const before = [settled('fetch'), settled('price'), settled('draw'), { type: 'released' } as const]
  const unknown = { type: 'unknown', label: 'send', task: nameOf('send'), cause } as const

  test('parked when only a person can say how a mutation ended, until it is settled anew', () => {
    const parked = told([...before, unknown])
    expect(parked.condition).toBe('parked')
    expect(parked.states.send).toEqual({ state: 'unknown', cause })
    expect(parked.stuck).toEqual([])
    expect(told([settled('fetch'), settled('draw'), unknown]).condition).toBe('running')
    const reopened = told([...before, unknown, { type: 'reopened', labels: ['send'] }])
    expect(reopened).toMatchObject({ condition: 'running', states: { send: { state: 'ready' } } })
  })

  test('queued before there was anyone to run it, cut off when nobody runs it, suspended and cancelled when that was asked', () => {
    const fresh = { run: open, layout: mixed, journal: [], intents: [], now }
    expect(statusOf(fresh).condition).toBe('queued')
    expect(statusOf({ ...fresh, executor: '7' }).condition).toBe('running')
    expect(told(before, { executor: undefined }).condition).toBe('cut off')
    // Another process has the claim, and was not asked to go on with it.
    expect(told(before, { executor: '8' }).condition).toBe('cut off')
    expect(told(before, { executor: '8' }).executor).toBeUndefined()
    expect(told(before, { run: { ...open, suspended: true } }).condition).toBe('suspended')
    expect(told(before, { run: { ...open, cancelling: true } }).condition).toBe('cancelling')
    expect(told(before, { run: { ...open, end: 'failed' } })).toMatchObject({ condition: 'failed' })
  })
})

test('one task under two labels is told of once, and goes for both', () => {
  const name = nameOf('same')
  const layout = { tasks: [placed('one', 'query', [], { name }), placed('two', 'query', [], { name })] }
  const retrying = { type: 'retrying', label: 'one', task: name, attempt: 1, cause, due: now + 500 } as const
  const { states } = told([retrying], { layout })
  expect(states.two).toEqual(states.one)
})

test('a task that awaits one that nothing will ever settle is found', () => {
  const layout = { tasks: [placed('a', 'pure', [1]), placed('b', 'pure', [0])] }
  expect(told([], { layout }).stuck).toEqual(['a', 'b'])
})

test('chains of 10,000 tasks are told at once', () => {
  const tasks = Array.from({ length: 10_000 }, (_, i) => placed(`t${i}`, 'pure', i === 0 ? [] : [i - 1]))
  const { states, stuck } = told([settled('t0')], { layout: { tasks } })
  expect(states.t1).toEqual({ state: 'ready' })
  expect(states.t9999).toEqual({ state: 'awaiting', labels: ['t9998'] })
  expect(stuck).toEqual([])
})
