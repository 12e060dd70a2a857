import { nameOf } from '@ipvm/ipld'
import { StoreError, type JournalEvent, type Store, type TaskRecord } from './index.ts'
import { same, started, type Stories } from './story.test-fixture.ts'

const task = nameOf('task')
const cause = { name: 'Timeout', message: 'it took longer than 5 minutes' }

const settledBy = (label: string, how: TaskRecord['how'], milliseconds = 1.5) =>
  ({ label, task, how, receipt: nameOf(`${label} ${how}`), milliseconds }) as const

const settled = (...of: Parameters<typeof settledBy>) => ({ type: 'settled', ...settledBy(...of) }) as const

/** Every kind of event. */
const events: readonly JournalEvent[] = [
  { type: 'intent', label: 'send', task, attempt: 1 },
  { type: 'signed', label: 'send', task, invocation: task },
  { type: 'signed', label: 'send', task, invocation: task, until: 1_700_000_000_456 },
  { type: 'away', label: 'send', task, agent: 'did:key:zBob', cause, until: 1_700_000_000_456 },
  { type: 'retrying', label: 'send', task, attempt: 1, cause, due: 1_700_000_000_123 },
  { type: 'waiting', label: 'ü', target: nameOf('elsewhere'), until: 1_700_000_060_000 },
  { type: 'released' },
  { type: 'spawned', label: 'send', task, receipt: nameOf('what it asked for'), tasks: 3 },
  { type: 'unknown', label: 'send', task, cause },
  { type: 'parked' },
  settled('send', 'ran', 12.25),
  settled('ü', 'failed', 3),
  { type: 'reopened', labels: ['ü'] },
  { type: 'suspended' },
  { type: 'resumed', owner: 'two' },
  { type: 'cancelling' },
  { type: 'ended', end: 'cancelled' },
]

/** What every store has to know of runs. */
export const journalStories: Stories = {
  'tells of runs what happened, the newest first, page by page': async make => {
    const store = await make()
    const [first, second] = [started(1), started(2)]
    for (const run of [first, second, first]) await store.commit({ runStarted: run })
    await note(store, 1, settled('t', 'reused'), settled('t', 'ran'), { type: 'ended', end: 'ok' })
    const runs = async (limit: number, before?: typeof first.run) =>
      (await store.runs(limit, before)).map(({ run }) => run)
    same(await runs(10), [second.run, first.run])
    same(await runs(10, second.run), [first.run])
    same(await runs(10, first.run), [])
    same(await runs(1), [second.run])
    const [, ended] = await store.runs(2)
    same([ended?.counts.ran, ended?.counts.reused, ended?.milliseconds, ended?.end], [1, 0, 1.5, 'ok'])
    const state = { ...first, seq: 3, suspended: false, cancelling: false, end: 'ok', endedAt: 1_700_000_000 }
    same(await store.run(first.run), { ...state, settled: [settledBy('t', 'ran')] })
    same((await store.runOf(first.workflow))?.run, second.run)
    same(await store.run(nameOf('none')), undefined)
    same((await store.run(second.run))?.end, undefined)
    await store.close()
  },

  'keeps every entry of a journal, in its order, and gives those after a number': async make => {
    const store = await make()
    const { run } = started(1)
    await store.commit({ runStarted: started(1) })
    await store.commit({ runStarted: started(2) })
    const noted = note(store, 1, ...events)
    const entries = events.map((event, i) => ({ run, seq: i + 1, at: 1_700_000_000_000 + i, event }))
    same(await store.journal(run), entries)
    await noted
    same(await store.journal(run, 5), entries.slice(5))
    same(await store.journal(run, entries.length), [])
    same(await store.journal(started(2).run), [])
    same(await store.journal(nameOf('none')), [])
    // What comes a second time changes nothing.
    await note(store, 1, { type: 'ended', end: 'ok' })
    await note(store, 1, { type: 'suspended' })
    await note(store, 1, { type: 'reopened', labels: ['send'] })
    same(await store.journal(run), entries)
    const { end, suspended } = (await store.run(run)) ?? {}
    same([end, suspended], ['cancelled', false])
    await store.close()
  },

  'refuses an entry that does not follow the last of its run, and all of its change': async make => {
    const store = await make()
    const { run } = started(1)
    await store.commit({ runStarted: started(1) })
    await note(store, 1, { type: 'released' })
    const secret = nameOf('secret')
    const disorder = async (seq: number, of = run) => {
      const entry = { run: of, seq, at: 5, event: { type: 'parked' } } as const
      const refused = await store.commit({ journal: [entry], secrets: [secret] }).catch(thrown => thrown)
      return refused instanceof StoreError && refused.name
    }
    same(await disorder(3), 'StoreDisorder')
    same(await disorder(1, nameOf('none')), 'StoreDisorder')
    same([await store.isSecret(secret), (await store.run(run))?.seq], [false, 1])
    same(await disorder(2), false)
    same([await store.isSecret(secret), (await store.run(run))?.seq], [true, 2])
    await store.close()
  },

  'knows of each run whether it goes on, and who runs it': async make => {
    const store = await make()
    const { run } = started(1)
    for (const n of [1, 2, 3]) await store.commit({ runStarted: started(n) })
    const state = async () => {
      const { seq, owner, suspended, cancelling, end } = (await store.run(run)) ?? {}
      return [seq, owner, suspended, cancelling, end]
    }
    const open = async () => (await store.openRuns()).map(one => one.run)
    await store.commit({ journal: [{ run: started(2).run, seq: 1, at: 7000, event: { type: 'ended', end: 'ok' } }] })
    same(await open(), [run, started(3).run])
    same(await state(), [0, 'one', false, false, undefined])
    await note(store, 1, { type: 'suspended' })
    same(await state(), [1, 'one', true, false, undefined])
    await note(store, 2, { type: 'resumed', owner: 'two' }, { type: 'cancelling' })
    same(await state(), [3, 'two', false, true, undefined])
    same((await store.openRuns())[0], { ...started(1), owner: 'two', seq: 3, suspended: false, cancelling: true })
    await note(store, 4, { type: 'ended', end: 'cancelled' })
    same(await state(), [4, 'two', false, false, 'cancelled'])
    same(await open(), [started(3).run])
    await note(store, 5, { type: 'reopened', labels: ['t'] })
    same(await state(), [5, 'two', false, false, undefined])
    same(await open(), [run, started(3).run])
    await store.close()
  },

  'counts what was settled last, and not what was reopened since, before a run ends and after': async make => {
    const store = await make()
    const { run } = started(1)
    await store.commit({ runStarted: started(1) })
    const tally = async () => {
      const [summary] = await store.runs(1)
      const ways = Object.entries(summary?.counts ?? {}).filter(([, n]) => n > 0)
      return [...ways.sort().flat(), summary?.milliseconds]
    }
    same(await tally(), [0])
    await note(store, 1, settled('a', 'ran', 1), settled('b', 'failed', 2), settled('c', 'skipped', 4))
    await note(store, 4, { type: 'reopened', labels: ['b', 'c'] }, settled('c', 'caught', 8), settled('d', 'withdrawn'))
    same(await tally(), ['caught', 1, 'ran', 1, 'withdrawn', 1, 9])
    await note(store, 7, { type: 'ended', end: 'failed' })
    same(await tally(), ['caught', 1, 'ran', 1, 'withdrawn', 1, 9])
    await note(store, 8, { type: 'reopened', labels: ['d'] }, settled('d', 'reused', 16), settled('a', 'ran', 32))
    same(await tally(), ['caught', 1, 'ran', 1, 'reused', 1, 40])
    await note(store, 11, { type: 'ended', end: 'ok' })
    same(await tally(), ['caught', 1, 'ran', 1, 'reused', 1, 40])
    const labels = (await store.run(run))?.settled.map(({ label, how }) => `${label} ${how}`)
    same(labels, ['c caught', 'd reused', 'a ran'])
    await store.close()
  },

  'lets go of a run with its journal': async make => {
    const store = await make()
    const [one, two] = [started(1), started(2)]
    for (const run of [one, two]) await store.commit({ runStarted: run })
    await note(store, 1, settled('t', 'ran'), { type: 'ended', end: 'ok' })
    same(await store.remove({ newestRun: two.run, usedBefore: 0, runs: [one.run] }), true)
    same([await store.journal(one.run), await store.run(one.run)], [[], undefined])
    await store.commit({ runStarted: one })
    same([await store.journal(one.run), (await store.run(one.run))?.settled], [[], []])
    await store.close()
  },
}

/** Notes what happened to the first run, from the number `seq` on, one millisecond after the other. */
function note(store: Store, seq: number, ...happened: readonly JournalEvent[]): Promise<void> {
  const { run } = started(1)
  return store.commit({
    journal: happened.map((event, i) => ({ run, seq: seq + i, at: 1_700_000_000_000 + seq + i - 1, event })),
  })
}
