import { readContents, writeContents } from '@ipvm/network'
import { memoryHub, noFaults } from '@ipvm/network/memory'
import type { RunEvent } from '@ipvm/runtime'
import { alice, aliceP256, bob, carol, dave } from '@ipvm/testing'
import { delegate, invoke, readReceipt, taskName, type Command, type Delegation } from '@ipvm/ucan'
import { compile } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { allow, draft, openNode, outside, run, type StoryNode } from './story.test-fixture.ts'
import { VirtualWorld } from '../virtual.test-fixture.ts'

/** How long each message takes. */
const delay = 100
/** How long the database takes: longer than a message, as when there is something to look up. */
const work = 150

/** Alice asks; Bob has the database, Carol sends mail, Dave keeps records. */
async function opened() {
  const time = new VirtualWorld()
  const hub = memoryHub({ world: time })
  const seen: string[] = []
  const slowly = async (value: string) => {
    await new Promise<void>(resolve => time.after(work, resolve))
    if (value === 'broken') throw new Error('no such table')
    return `rows of ${value}`
  }
  const database = outside('/db/query', 'query', seen, async value => slowly(String(value)))
  const count = outside('/db/count', 'query', seen, async value => `${value}, counted`)
  const told = outside('/record/told', 'query', seen, async value => value)
  const mailer = outside('/mailer/send', 'mutation', seen, async value => `sent: ${value}`)
  const keeper = outside('/record/put', 'mutation', seen, async value => `kept: ${value}`)
  const common = { world: time, hub, seen }
  const asker = await openNode('asker', { ...common, signer: alice, known: [database, count, told] })
  const db = await openNode('db', { ...common, signer: bob, effects: [database, count] })
  const mail = await openNode('mail', { ...common, signer: carol, effects: [mailer] })
  const records = await openNode('records', { ...common, signer: dave, effects: [keeper, told] })
  await allow(db, asker, '/db')
  await allow(mail, asker, '/mailer')
  await allow(records, asker, '/record')
  hub.faults = { ...noFaults, delay: [delay, delay] }
  const close = () => Promise.all([asker, db, mail, records].map(node => node.close()))
  return { known: [database, count, told], time, hub, seen, asker, db, mail, records, close }
}

type Story = Awaited<ReturnType<typeof opened>>

/** How many messages one after the other it took, beside what the database took. */
async function delaysOf({ time, asker }: Story, workflow: ReturnType<typeof draft>) {
  const events: RunEvent[] = []
  const from = time.time
  const ended = await time.until(run(asker, workflow, event => events.push(event)))
  return { ended, events, delays: (time.time - from - work) / delay }
}

const query = ({ db }: Story) => ({ sub: db.did, cmd: '/db/query', args: { value: 'orders' } })
const send = ({ mail }: Story) => ({ sub: mail.did, cmd: '/mailer/send', args: { value: { 'await/ok': 'rows' } } })

test('what one agent gives another one gets directly, one message less in a row, and the asker waits once', async () => {
  const story = await opened()
  const two = draft({ rows: query(story), mail: send(story) })
  const naive = await delaysOf(story, two)
  expect(naive.ended.end).toBe('ok')

  // With the right to read what the database gave, and to pass that on.
  await allow(story.db, story.asker, '/receipt/read')
  const ahead = await delaysOf(story, two)
  expect(ahead.ended.end).toBe('ok')
  expect(ahead.ended.tasks.get('mail')?.receipt.out).toEqual({ ok: 'sent: rows of orders' })
  expect([naive.delays, ahead.delays]).toEqual([4, 3])
  expect(story.seen.filter(what => what.startsWith('/mailer'))).toHaveLength(2)
  await story.close()
})

test('what one agent does with what it did itself saves a whole round trip', async () => {
  const story = await opened()
  await allow(story.db, story.asker, '/receipt/read')
  const counted = { sub: story.db.did, cmd: '/db/count', args: { value: { 'await/ok': 'rows' } } }
  const ahead = await delaysOf(story, draft({ rows: query(story), counted }))
  expect(ahead.ended.tasks.get('counted')?.receipt.out).toEqual({ ok: 'rows of orders, counted' })
  story.asker.wallet.splice(0)
  await allow(story.db, story.asker, '/db')
  const naive = await delaysOf(story, draft({ rows: query(story), counted }))
  expect([naive.delays, ahead.delays]).toEqual([4, 2])
  await story.close()
})

test('of three in a row, each gets what the one before it gave, a round trip less than by way of the asker', async () => {
  const story = await opened()
  const { mail, records, db, asker } = story
  const kept = { sub: records.did, cmd: '/record/put', args: { value: { 'await/ok': 'mail' } } }
  const three = draft({ rows: query(story), mail: send(story), kept })
  const naive = await delaysOf(story, three)
  await allow(db, asker, '/receipt/read')
  await allow(mail, asker, '/receipt/read')
  const ahead = await delaysOf(story, three)
  expect(ahead.ended.tasks.get('kept')?.receipt.out).toEqual({ ok: 'kept: sent: rows of orders' })
  expect([naive.delays, ahead.delays]).toEqual([6, 4])
  await story.close()
})

test('the timeline shows who was asked before what they await was there', async () => {
  const story = await opened()
  const { asker, db, time } = story
  const bars = async () => {
    const { ended } = await delaysOf(story, draft({ rows: query(story), mail: send(story) }))
    const timeline = await asker.runtime.timeline(ended.run)
    if ('error' in timeline) throw new Error(timeline.error.message)
    const { from } = timeline.ok
    return Object.fromEntries(timeline.ok.bars.map(bar => [bar.label, [bar.from - from, bar.to - from]]))
  }
  expect(await bars()).toEqual({ rows: [0, 350], mail: [350, 550] })
  await allow(db, asker, '/receipt/read')
  expect(await bars()).toEqual({ rows: [0, 350], mail: [0, 450] })
  expect(time.time).toBeGreaterThan(0)
  await story.close()
})

test('a workflow that fails has touched nothing: what awaits the failure was asked for, and was not done', async () => {
  const story = await opened()
  await allow(story.db, story.asker, '/receipt/read')
  const broken = { ...query(story), args: { value: 'broken' } }
  const other = { sub: story.records.did, cmd: '/record/put', args: { value: 'beside' } }
  const { ended, events } = await delaysOf(story, draft({ rows: broken, mail: send(story), other }))
  expect(ended.end).toBe('failed')
  const how = Object.fromEntries([...ended.tasks].map(([label, task]) => [label, task.how]))
  expect(how).toEqual({ rows: 'failed', mail: 'withdrawn', other: 'withdrawn' })
  expect(events.filter(({ type }) => type === 'intent')).toHaveLength(1)
  expect(story.seen).toEqual(['/db/query "broken"'])
  await story.close()
})

test('where anything else may fail, a mutation waits for that', async () => {
  const story = await opened()
  await allow(story.db, story.asker, '/receipt/read')
  const tasks = {
    rows: query(story),
    mail: send(story),
    check: { cmd: '/test/echo', args: { value: { 'await/ok': 'rows' } } },
  }
  const { ended, events, delays } = await delaysOf(story, draft(tasks))
  expect(ended.end).toBe('ok')
  expect(delays).toBe(4)
  const told = events.map(event => ('label' in event ? `${event.type} ${event.label}` : event.type))
  expect(told.indexOf('intent mail')).toBeGreaterThan(told.indexOf('released'))
  await story.close()
})

test('what goes ahead does not keep the other mutations back', async () => {
  const story = await opened()
  await allow(story.db, story.asker, '/receipt/read')
  const other = { sub: story.records.did, cmd: '/record/put', args: { value: 'beside' } }
  const { ended, events } = await delaysOf(story, draft({ rows: query(story), mail: send(story), other }))
  expect(ended.end).toBe('ok')
  const told = events.map(event => ('label' in event ? `${event.type} ${event.label}` : event.type))
  expect(told.indexOf('intent mail')).toBeLessThan(told.indexOf('settled rows'))
  expect(told.indexOf('released')).toBeLessThan(told.indexOf('settled mail'))
  await story.close()
})

test('who cannot get at a value is sent it', async () => {
  const story = await opened()
  const { asker, db, mail } = story
  await allow(db, asker, '/receipt/read')
  db.network.misbehaved(mail.did, 'Forgery')
  const { ended, events } = await delaysOf(story, draft({ rows: query(story), mail: send(story) }))
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('mail')?.receipt.out).toEqual({ ok: 'sent: rows of orders' })
  const signed = events.filter(event => event.type === 'signed' && event.label === 'mail')
  expect(signed).toHaveLength(2)
  expect(story.seen.filter(what => what.startsWith('/mailer'))).toHaveLength(1)
  await story.close()
})

test('who does not reach the one whose value it awaits is sent it by the asker, for the same bytes', async () => {
  const story = await opened()
  await allow(story.db, story.asker, '/receipt/read')
  story.mail.network.misbehaved(story.db.did, 'Forgery')
  const { ended, events } = await delaysOf(story, draft({ rows: query(story), mail: send(story) }))
  expect(ended.tasks.get('mail')?.receipt.out).toEqual({ ok: 'sent: rows of orders' })
  expect(events.filter(event => event.type === 'signed' && event.label === 'mail')).toHaveLength(1)
  await story.close()
})

test('what awaits how another task ended is not asked for before that: an answer may come that does not count', async () => {
  const story = await opened()
  const { asker, db, mail, records } = story
  await allow(db, asker, '/receipt/read')
  await allow(mail, asker, '/receipt/read')
  // Carol does not come to the rows, says so, and is asked anew with them.
  db.network.misbehaved(mail.did, 'Forgery')
  const told = { sub: records.did, cmd: '/record/told', args: { value: { 'await/*': 'mail' } } }
  const { ended, events } = await delaysOf(story, draft({ rows: query(story), mail: send(story), told }))
  expect(events.filter(event => event.type === 'signed' && event.label === 'mail')).toHaveLength(2)
  expect(ended.tasks.get('told')?.receipt.out).toEqual({ ok: { ok: 'sent: rows of orders' } })
  await story.close()
})

test('who is cut off while promises are under way asks by the same bytes, and nothing is done twice', async () => {
  const story = await opened()
  const { time, asker, seen } = story
  await allow(story.db, asker, '/receipt/read')
  void run(asker, draft({ rows: query(story), mail: send(story) }))
  while (seen.length === 0) await time.pass(10)
  // Its runs first, as when it is killed.
  await time.until(asker.runtime.close())
  await time.until(asker.close())
  const [state] = await asker.store.openRuns()
  if (!state) throw new Error('it is open')
  const { store, wallet, signer } = asker
  const again = await openNode('asker', { world: time, hub: story.hub, signer, store, wallet, known: story.known })
  const ended = await time.until(again.runtime.ended(state.run))
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('mail')?.receipt.out).toEqual({ ok: 'sent: rows of orders' })
  const asked = (await store.journal(state.run)).flatMap(({ event }) =>
    event.type === 'signed' ? [`${event.label} ${event.invocation}`] : [],
  )
  expect([asked.length, new Set(asked).size]).toEqual([4, 2])
  const attempts = (await store.journal(state.run)).flatMap(({ event }) =>
    event.type === 'intent' ? [event.attempt] : [],
  )
  // It may have arrived the first time.
  expect(attempts).toEqual([1, 2])
  expect(seen).toEqual(['/db/query "orders"', '/mailer/send "rows of orders"'])
  await time.until(again.close())
})

/** Somebody else submits a workflow to Alice's node, of what Bob and Carol are to do for him. */
async function submitted({ time, asker, db, mail }: Story, leaveOut: (cmd: string) => boolean = () => false) {
  const guest = aliceP256
  const nonce = (number: number) => new Uint8Array(12).fill(number)
  const rows = { sub: db.did, cmd: '/db/query', args: { value: 'orders' }, nonce: nonce(1) } as const
  const awaited = taskName(rows)
  const value = { 'await/ok': awaited }
  const letter = { sub: mail.did, cmd: '/mailer/send', args: { value }, nonce: nonce(2) } as const
  const given = (by: StoryNode, cmd: Command) =>
    delegate({ aud: guest.did, sub: by.did, cmd, nonce: nonce(3), exp: null }, by.signer)
  const [toRun, toAsk, toSend, toRead] = await Promise.all([
    given(asker, '/workflow'),
    given(db, '/db'),
    given(mail, '/mailer'),
    given(db, '/receipt/read'),
  ])
  const pol = [['==', '.task', awaited]]
  const passedOn = await delegate(
    { aud: mail.did, sub: db.did, cmd: '/receipt/read', pol, nonce: nonce(4), exp: null },
    guest,
  )
  const compiled = await compile(draft({ rows, mail: letter }))
  if ('error' in compiled) throw new Error(compiled.error.message)
  const { document, blocks } = compiled.ok
  const prf = (proof: Delegation) => [proof.envelope.cid]
  const asking = [
    await invoke({ ...rows, prf: prf(toAsk), exp: null }, guest),
    await invoke({ ...letter, prf: prf(toSend), exp: null }, guest),
  ].filter(({ cmd }) => !leaveOut(cmd))
  const args = { workflow: document.cid }
  const fields = { sub: asker.did, cmd: '/workflow/run', args, prf: prf(toRun), nonce: nonce(5), exp: null } as const
  const tokens = [await invoke(fields, guest), toRun, toAsk, toSend, toRead, passedOn, ...asking]
  const body = await writeContents(
    tokens.map(({ envelope }) => envelope.bytes),
    [document, ...blocks],
  )
  // Over any way that leads to Alice: here Carol's.
  return time.until(mail.network.request(asker.did, body, { wait: 60_000, within: 90_000 }))
}

test('what somebody else submits is asked of others by what they signed, also with promises in place', async () => {
  const story = await opened()
  const answer = await submitted(story)
  if ('error' in answer) throw new Error(answer.error.message)
  const contents = await readContents(answer.ok)
  if ('error' in contents) throw new Error(contents.error.message)
  const receipts = await Promise.all(contents.ok.tokens.map(token => readReceipt(token)))
  const outs = receipts.flatMap(receipt => ('ok' in receipt ? [receipt.ok] : []))
  expect(outs.find(({ iss }) => iss === story.mail.did)?.out).toEqual({ ok: 'sent: rows of orders' })
  expect(outs.find(({ iss }) => iss === story.db.did)?.out).toEqual({ ok: 'rows of orders' })
  await story.close()
})

test('what they did not sign is not asked for', async () => {
  const story = await opened()
  const answer = await submitted(story, cmd => cmd === '/mailer/send')
  expect(answer).toMatchObject({
    error: { name: 'Refused', message: expect.stringContaining('send an invocation of it along') },
  })
  expect(story.seen).toEqual([])
  await story.close()
})
