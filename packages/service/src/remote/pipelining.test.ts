import { memoryHub, noFaults } from '@ipvm/network/memory'
import type { RunEvent } from '@ipvm/runtime'
import { alice, bob, carol, dave } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { allow, draft, openNode, outside, run, VirtualTime } from './story.test-fixture.ts'

/** How long each message takes. */
const delay = 100
/** How long the database takes: longer than a message, as when there is something to look up. */
const work = 150

/** Alice asks; Bob has the database, Carol sends mail, Dave keeps records. */
async function opened() {
  const time = new VirtualTime()
  const hub = memoryHub({ world: time.world('hub') })
  const seen: string[] = []
  const slowly = async (value: string) => {
    await new Promise<void>(resolve => time.after(work, resolve))
    if (value === 'broken') throw new Error('no such table')
    return `rows of ${value}`
  }
  const database = outside('/db/query', 'query', seen, async value => slowly(String(value)))
  const count = outside('/db/count', 'query', seen, async value => `${value}, counted`)
  const mailer = outside('/mailer/send', 'mutation', seen, async value => `sent: ${value}`)
  const keeper = outside('/record/put', 'mutation', seen, async value => `kept: ${value}`)
  const common = { time, hub, seen }
  const asker = await openNode('asker', { ...common, signer: alice })
  const db = await openNode('db', { ...common, signer: bob, effects: [database, count] })
  const mail = await openNode('mail', { ...common, signer: carol, effects: [mailer] })
  const records = await openNode('records', { ...common, signer: dave, effects: [keeper] })
  await allow(db, asker, '/db')
  await allow(mail, asker, '/mailer')
  await allow(records, asker, '/record')
  hub.faults = { ...noFaults, delay: [delay, delay] }
  const close = () => Promise.all([asker, db, mail, records].map(node => node.close()))
  return { time, hub, seen, asker, db, mail, records, close }
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
