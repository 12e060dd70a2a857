import { nameOf, rawBlock } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import type { InboxRecord } from './index.ts'
import { same, type Stories } from './story.test-fixture.ts'

const bytes = (...values: readonly number[]) => Uint8Array.from(values)
const [one, two] = [nameOf('trigger one'), nameOf('trigger two')]
const page = { after: 0, limit: 9 }

function came(id: string, trigger = one): InboxRecord {
  return { trigger, id, event: nameOf(id), at: 1_700_000_000_123, state: 'waiting', attempts: 0 }
}

/** What every store has to do for what starts workflows: triggers, their events, cursors, and what comes in a row. */
export const eventStories: Stories = {
  'keeps triggers by their names, until they are let go of with all they have': async make => {
    const store = await make()
    const record = { name: 'hook', trigger: one, workflow: nameOf('workflow') }
    const other = { name: 'files', trigger: two, workflow: nameOf('workflow') }
    await store.commit({ triggers: [record, other] })
    same(await store.triggers(), [record, other])
    const change = { trigger: one, key: 'at', mark: bytes(1) }
    await store.commit({ events: [came('a'), came('a', two)], cursors: [change, { ...change, trigger: two }] })
    await store.commit({ untriggered: [one] })
    same(await store.triggers(), [other])
    same(await store.inboxCounts(one), { waiting: 0, delivered: 0, dead: 0 })
    same(await store.inboxCounts(two), { waiting: 1, delivered: 0, dead: 0 })
    same([await store.cursors(one, { limit: 9 }), (await store.cursors(two, { limit: 9 })).length], [[], 1])
    await store.close()
  },

  'keeps an event once under its name, and in its order what waits': async make => {
    const store = await make()
    await store.commit({ events: [came('a'), came('b'), came('a', two)] })
    await store.commit({ events: [{ ...came('a'), event: nameOf('another') }, came('c')] })
    const waiting = await store.inbox(one, 'waiting', page)
    same(
      waiting.map(({ id }) => id),
      ['a', 'b', 'c'],
    )
    const { number, ...first } = waiting[0] ?? { number: 0 }
    same(first, came('a'))
    same(number > 0 && number < Number(waiting[1]?.number), true)
    same(
      (await store.inbox(one, 'waiting', { after: number, limit: 1 })).map(({ id }) => id),
      ['b'],
    )
    const run = nameOf('run')
    const cause = { name: 'MissingWorkflow', message: 'it is gone' }
    await store.commit({
      handled: [
        { ...came('a'), state: 'delivered', run },
        { ...came('b'), attempts: 2, due: 1_700_000_001_000, cause },
        { ...came('c'), state: 'dead', attempts: 3, cause },
        { ...came('nobody'), state: 'dead' },
      ],
    })
    same(await store.inboxCounts(one), { waiting: 1, delivered: 1, dead: 1 })
    same(await store.inboxEvent({ trigger: one, id: 'a' }), { ...came('a'), number, state: 'delivered', run })
    const [again] = await store.inbox(one, 'waiting', page)
    same([again?.attempts, again?.due, again?.cause], [2, 1_700_000_001_000, cause])
    await store.commit({ handled: [{ ...came('b') }], forgotten: [{ trigger: one, id: 'a' }] })
    const [b] = await store.inbox(one, 'waiting', page)
    same([b?.due, b?.cause, b?.run], [undefined, undefined, undefined])
    same(await store.inboxEvent({ trigger: one, id: 'a' }), undefined)
    await store.close()
  },

  'keeps the cursors of a trigger by their keys': async make => {
    const store = await make()
    const put = (key: string, ...mark: readonly number[]) => ({ trigger: one, key, mark: bytes(...mark) })
    await store.commit({ cursors: [put('b', 1), put('a', 2), put('c', 3), { ...put('a', 9), trigger: two }] })
    await store.commit({ cursors: [put('b', 4), { trigger: one, key: 'c' }] })
    same(await store.cursors(one, { limit: 9 }), [
      { key: 'a', mark: bytes(2) },
      { key: 'b', mark: bytes(4) },
    ])
    same(
      (await store.cursors(one, { limit: 1, after: 'a' })).map(({ key }) => key),
      ['b'],
    )
    await store.close()
  },

  'numbers receipts as they come, and uses no number twice': async make => {
    const store = await make({ now: () => 5 })
    same(await store.feedEnd('receipts'), 0)
    const receipts = await Promise.all(
      ['a', 'b', 'c'].map(text => issueReceipt({ ran: nameOf(text), from: [], out: { ok: text }, exp: null }, bob)),
    )
    const [a, b, c] = receipts
    if (!a || !b || !c) throw new Error('there are three')
    await store.commit({ receipts: [a] })
    await store.commit({ receipts: [b], depth: 2 })
    const found = await store.receiptFeed(page)
    same(
      found.map(({ receipt, depth }) => [receipt, depth]),
      [
        [a.cid, 0],
        [b.cid, 2],
      ],
    )
    const end = await store.feedEnd('receipts')
    same(found.at(-1)?.number, end)
    await store.remove({ newestRun: undefined, usedBefore: 9, receipts: [a.cid, b.cid] })
    same([await store.receiptFeed(page), (await store.listReceipts({ limit: 9 })).items], [[], []])
    await store.commit({ receipts: [c, a] })
    const later = await store.receiptFeed({ after: end, limit: 9 })
    same(
      later.map(({ receipt }) => receipt),
      [c.cid, a.cid],
    )
    same(await store.receiptsOf(nameOf('a')), [a.cid])
    await store.close()
  },

  'tells the last change of each key, in the order of the changes': async make => {
    const store = await make()
    const put = (key: string, version: number, ...value: readonly number[]) => {
      return { key, version, ...(value.length > 0 && { value: bytes(...value) }) }
    }
    same([await store.feedEnd('kv'), await store.kvFeed(page)], [0, []])
    await store.commit({ kv: [put('a', 1, 1), put('b', 1, 2)] })
    const before = await store.feedEnd('kv')
    await store.commit({ kv: [put('c', 1, 3)], depth: 1 })
    await store.commit({ kv: [put('a', 2, 4), put('b', 2)] })
    const told = (await store.kvFeed(page)).map(({ number: _, ...change }) => change)
    same(told, [
      { depth: 1, ...put('c', 1, 3) },
      { depth: 0, ...put('a', 2, 4) },
      { depth: 0, ...put('b', 2) },
    ])
    const later = await store.kvFeed({ after: before, limit: 2 })
    same(
      later.map(({ key }) => key),
      ['c', 'a'],
    )
    await store.commit({ kv: [put('b', 3, 5)] })
    const [last, ...more] = await store.kvFeed({ after: Number(later.at(-1)?.number), limit: 9 })
    same([last?.key, last?.version, more], ['b', 3, []])
    same(last?.number, await store.feedEnd('kv'))
    await store.close()
  },

  'tells which schedules are due, and when the next is': async make => {
    const store = await make()
    const record = (name: string, due?: number) => {
      return { schedule: nameOf(name), workflow: nameOf('workflow'), missed: 0, ...(due !== undefined && { due }) }
    }
    await store.commit({ schedules: [record('late', 30), record('early', 10), record('over'), record('later', 40)] })
    same(await store.dueSchedules(9), { due: [], next: 10 })
    same(await store.dueSchedules(30), { due: [record('early', 10), record('late', 30)], next: 40 })
    same((await store.dueSchedules(40)).next, undefined)
    same(await store.schedule(nameOf('over')), record('over'))
    same(await store.schedule(nameOf('nobody')), undefined)
    await store.close()
  },

  'reads at once what was committed': async make => {
    const store = await make()
    const { cid } = rawBlock(bytes(1))
    const committed = store.commit({
      triggers: [{ name: 'hook', trigger: one, workflow: cid }],
      events: [came('a')],
      cursors: [{ trigger: one, key: 'at', mark: bytes(1) }],
      canWait: true,
    })
    same((await store.triggers()).length, 1)
    same((await store.inboxEvent({ trigger: one, id: 'a' }))?.state, 'waiting')
    same((await store.cursors(one, { limit: 9 })).length, 1)
    await committed
    await store.close()
  },
}
