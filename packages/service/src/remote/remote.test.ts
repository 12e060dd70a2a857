import { ok, type Value } from '@ipvm/ipld'
import { openNetwork, writeContents, type Answer, type IncomingRequest } from '@ipvm/network'
import { memoryHub, memoryTransport, noFaults } from '@ipvm/network/memory'
import type { RunEvent } from '@ipvm/runtime'
import { openMemoryStore } from '@ipvm/store/memory'
import { issueReceipt, taskName } from '@ipvm/ucan'
import { alice, bob, carol } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { allow, draft, openNode, outside, run, type NodeOptions } from './story.test-fixture.ts'
import { VirtualWorld } from '../virtual.test-fixture.ts'

const delay = 10

/** Alice asks Bob, who has a printer. */
async function opened() {
  const time = new VirtualWorld()
  const hub = memoryHub({ world: time, random: { fraction: () => 0 } })
  const seen: string[] = []
  const print = outside('/printer/print', 'mutation', seen, async value => {
    if (value === 'jam' || (value === 'first' && seen.length === 1)) throw new Error('a paper jam')
    await new Promise<void>(resolve => time.after(value === 'book' ? 20_000 : 50, resolve))
    return `printed: ${value}`
  })
  const bobs: NodeOptions = { world: time, hub, seen, signer: bob, effects: [print], store: openMemoryStore() }
  const asking: NodeOptions = { world: time, hub, signer: alice, store: openMemoryStore(), wallet: [] }
  const asker = await openNode('asker', asking)
  const printer = await openNode('printer', bobs)
  await allow(printer, asker, '/printer')
  hub.faults = { ...noFaults, delay: [delay, delay] }
  const events: RunEvent[] = []
  const ask = (tasks: Readonly<Record<string, Value>>, node = asker) =>
    run(node, draft(tasks), event => events.push(event))
  return { time, hub, seen, asker, printer, events, ask, asking, bobs }
}

const print = (value: string, config: Value = {}) => ({
  ...{ sub: bob.did, cmd: '/printer/print', args: { value }, meta: { 'ipvm/config': config } },
})

test('another agent does a task, and its receipt is the one that counts', async () => {
  const { time, asker, printer, ask } = await opened()
  const tasks = { page: print('page'), next: { cmd: '/test/echo', args: { value: { 'await/ok': 'page' } } } }
  const ended = await time.until(ask(tasks))
  expect(ended.end).toBe('ok')
  const receipt = ended.tasks.get('page')?.receipt
  expect(receipt).toMatchObject({ iss: bob.did, out: { ok: 'printed: page' } })
  expect(receipt?.ran).toEqual(ended.tasks.get('page')?.task)
  expect(ended.tasks.get('next')?.receipt).toMatchObject({ iss: alice.did, out: { ok: 'printed: page' } })
  expect(await asker.store.intents()).toEqual([])
  await Promise.all([asker.close(), printer.close()])
})

test('its failure is the failure of the task', async () => {
  const { time, ask } = await opened()
  const ended = await time.until(ask({ page: print('jam') }))
  expect(ended.end).toBe('failed')
  expect(ended.tasks.get('page')?.receipt).toMatchObject({ iss: bob.did, out: { error: { name: 'Failed' } } })
})

test('its failure that was read there settles what awaits it then, and nothing that asks later', async () => {
  const { time, ask, asker, printer, seen } = await opened()
  await allow(printer, asker, '/receipt/read')
  const task = {
    sub: bob.did,
    cmd: '/printer/print',
    args: { value: 'first' },
    nonce: new Uint8Array(12).fill(7),
  } as const
  const read = { echo: { cmd: '/test/echo', args: { value: { 'await/*': taskName(task) } } } }
  expect((await time.until(ask({ page: task }))).end).toBe('failed')
  const before = await time.until(ask(read))
  expect(before.tasks.get('echo')?.receipt.out).toMatchObject({ ok: { error: { name: 'Failed' } } })
  // What is signed in another second is another question.
  await time.pass(1000)
  const again = await time.until(ask({ page: task }))
  expect(again.tasks.get('page')?.receipt.out).toEqual({ ok: 'printed: first' })
  const after = await time.until(ask(read))
  expect(after.tasks.get('echo')?.receipt.out).toEqual({ ok: { ok: 'printed: first' } })
  expect(seen).toHaveLength(2)
})

test('what it may not do is refused there, and fails by the name of the refusal', async () => {
  const { time, ask, asker, seen } = await opened()
  asker.wallet.splice(0)
  const ended = await time.until(ask({ page: print('page') }))
  expect(ended.tasks.get('page')?.receipt).toMatchObject({ iss: alice.did, out: { error: { name: 'InvalidClaim' } } })
  expect(ended.end).toBe('failed')
  expect(seen).toEqual([])
  expect(await asker.store.intents()).toEqual([])
})

test('lost requests and lost answers are the same bytes once more, and it is done once', async () => {
  const { time, hub, ask, events, seen } = await opened()
  let asked = 0
  // The first request is lost, and then the first answer.
  hub.random.fraction = () => (++asked === 1 || asked === 3 ? 0 : 0.9)
  hub.faults = { ...noFaults, drop: 0.5, delay: [delay, delay] }
  const ended = await time.until(ask({ page: print('page', { time: [10, 'minutes'] }) }))
  expect(ended.end).toBe('ok')
  expect(asked).toBeGreaterThan(3)
  expect(seen).toEqual(['/printer/print "page"'])
  expect(events.filter(({ type }) => type === 'away')).toHaveLength(1)
})

test('an agent that is away is waited for, and the status says for whom and why', async () => {
  const { time, hub, ask, asker, seen } = await opened()
  hub.partition(['asker'], ['memory:printer', bob.did])
  const asked = ask({ page: print('page') })
  await time.pass(10_000)
  const [state] = await asker.store.openRuns()
  if (!state) throw new Error('it goes on')
  const status = await asker.runtime.status(state.run, time.owner)
  expect(status).toMatchObject({
    ok: { condition: 'running', tasks: [{ state: 'away', agent: bob.did, cause: { name: 'Unreachable' } }] },
  })
  hub.heal()
  expect((await time.until(asked)).end).toBe('ok')
  expect(seen).toEqual(['/printer/print "page"'])
})

test('one that stays away is given up when its time is over: nothing was sent, and it fails', async () => {
  const { time, hub, ask, asker } = await opened()
  hub.partition(['asker'], [bob.did])
  const ended = await time.until(ask({ page: print('page', { time: [1, 'minutes'] }) }))
  expect(ended.end).toBe('failed')
  expect(ended.tasks.get('page')?.receipt.out).toMatchObject({ error: { name: 'Unreachable' } })
  expect(await asker.store.intents()).toEqual([])
})

test('what may have arrived waits for a person, who may have it sent once more', async () => {
  const { time, hub, ask, asker, seen } = await opened()
  const asked = ask({ book: print('book', { time: [30, 'seconds'] }) })
  await time.pass(1000)
  hub.partition(['asker'], [bob.did])
  const ended = await time.until(asked)
  expect(ended.end).toBe('unknown')
  hub.heal()
  await time.pass(60_000)
  const retried = await time.until(asker.runtime.request(ended.run, { type: 'retry', label: 'book' }))
  expect(retried).toEqual({ ok: {} })
  const again = await time.until(asker.runtime.ended(ended.run))
  expect(again.end).toBe('ok')
  expect(again.tasks.get('book')?.receipt.out).toEqual({ ok: 'printed: book' })
  expect(seen).toEqual(['/printer/print "book"'])
})

test('who was cut off asks by the same bytes when they are back', async () => {
  const { time, ask, asker, asking, seen } = await opened()
  void ask({ book: print('book') })
  await time.pass(1000)
  await time.until(asker.close())
  const [state] = (await asking.store?.openRuns()) ?? []
  if (!state) throw new Error('it is open')
  const again = await openNode('asker', { ...asking, wallet: [] })
  const ended = await time.until(again.runtime.ended(state.run))
  expect(ended.end).toBe('ok')
  const journal = (await again.store.journal(state.run)).flatMap(({ event }) =>
    event.type === 'signed' ? [event] : [],
  )
  expect(new Set(journal.map(({ invocation }) => invocation.toString())).size).toBe(1)
  expect(journal.length).toBeGreaterThan(1)
  expect(seen).toEqual(['/printer/print "book"'])
})

test('the time of what was asked goes on while this node is away, and it is asked once more before it is given up', async () => {
  const { time, hub, ask, asker, asking } = await opened()
  hub.partition(['asker'], [bob.did])
  void ask({ page: print('page', { time: [10, 'minutes'] }) })
  await time.pass(4 * 60_000)
  await time.until(asker.close())
  const [state] = (await asking.store?.openRuns()) ?? []
  if (!state) throw new Error('it is open')
  await time.pass(4 * 60_000)
  const again = await openNode('asker', { ...asking, wallet: [...asker.wallet] })
  const began = time.time
  expect((await time.until(again.runtime.ended(state.run))).end).toBe('failed')
  expect(time.time - began).toBeGreaterThan(60_000)
  expect(time.time - began).toBeLessThan(3 * 60_000)
})

test('what came about while this node was away, for longer than its time, is had when it is back', async () => {
  const { time, ask, asker, asking, seen } = await opened()
  void ask({ book: print('book') })
  await time.pass(1000)
  await time.until(asker.close())
  await time.pass(10 * 60_000)
  const [state] = (await asking.store?.openRuns()) ?? []
  if (!state) throw new Error('it is open')
  const again = await openNode('asker', { ...asking, wallet: [...asker.wallet] })
  expect((await time.until(again.runtime.ended(state.run))).end).toBe('ok')
  expect(seen).toHaveLength(1)
})

test('a run that is suspended asks nobody, and goes on where it was', async () => {
  const { time, ask, asker, seen } = await opened()
  const asked = ask({ book: print('book') })
  await time.pass(1000)
  const [state] = await asker.store.openRuns()
  if (!state) throw new Error('it goes on')
  expect(await time.until(asker.runtime.request(state.run, { type: 'suspend' }))).toEqual({ ok: {} })
  expect((await time.until(asked)).end).toBe('suspended')
  await time.pass(120_000)
  const ended = await time.until(asker.runtime.resume(state.run))
  expect(ended).toMatchObject({ ok: { end: 'ok' } })
  expect(seen).toHaveLength(1)
})

test('a run is cancelled while it waits for somebody who is away, and leaves no doubt', async () => {
  const { time, hub, ask, asker } = await opened()
  hub.partition(['asker'], [bob.did])
  const asked = ask({ page: print('page') })
  await time.pass(5000)
  const [state] = await asker.store.openRuns()
  if (!state) throw new Error('it goes on')
  await time.until(asker.runtime.request(state.run, { type: 'cancel' }))
  expect((await time.until(asked)).end).toBe('cancelled')
  expect(await asker.store.intents()).toEqual([])
})

test('a function that both can run is not asked for again', async () => {
  const { time, ask, seen } = await opened()
  const echo = { cmd: '/test/echo', args: { value: 'both' } }
  await time.until(ask({ here: echo }))
  const ended = await time.until(ask({ there: { ...echo, sub: bob.did } }))
  expect(ended.tasks.get('there')).toMatchObject({ how: 'reused', receipt: { iss: alice.did, out: { ok: 'both' } } })
  expect(seen).toEqual([])
})

test('who answers with what is not the receipt is not believed, and set aside', async () => {
  const { time, hub, asker, ask, printer } = await opened()
  await printer.close()
  let lies = 0
  const liar = await openNetwork({
    world: time,
    transports: [memoryTransport(hub, { name: 'printer', did: bob.did })],
    answer: async (request: IncomingRequest): Promise<{ ok: Answer }> => {
      lies += 1
      const body = await writeContents([])
      const [state] = await asker.store.openRuns()
      if (!state) throw new Error(`${request.from.name} asks in a run`)
      // Carol signs for Bob.
      const receipt = await issueReceipt({ ran: state.run, out: { ok: 'printed' }, exp: null }, carol)
      return ok({ ...body, ...(await writeContents([receipt.bytes])) })
    },
  })
  const ended = await time.until(ask({ page: print('page', { time: [1, 'minutes'] }) }))
  expect(ended.end).toBe('unknown')
  expect(lies).toBeGreaterThan(1)
  expect(asker.network.setAside().map(([name]) => name)).toEqual([bob.did])
  await liar.close()
})

test('where it is asked for by a function, or is to be a secret, it is refused', async () => {
  const { time, ask } = await opened()
  await expect(time.until(ask({ page: print('page', { secret: true }) }))).rejects.toThrow('SecretLeak')
})
