import { encode, type Value } from '@ipvm/ipld'
import { memoryHub } from '@ipvm/network/memory'
import { openMemoryStore } from '@ipvm/store/memory'
import { delegate, invoke, noNonce, taskName } from '@ipvm/ucan'
import { alice, bob, carol, dave } from '@ipvm/testing'
import type { Did } from '@ipvm/varsig'
import { compile } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { VirtualWorld } from '../virtual.test-fixture.ts'
import { allow, draft, openNode, outside, run, type NodeOptions } from './story.test-fixture.ts'

/** Alice's functions ask for what Bob does, who has a printer. */
async function opened() {
  const time = new VirtualWorld()
  const hub = memoryHub({ world: time, random: { fraction: () => 0 } })
  const seen: string[] = []
  const print = outside('/printer/print', 'mutation', seen, async value => {
    await new Promise<void>(resolve => time.after(20_000, resolve))
    return `printed: ${value}`
  })
  const asking: NodeOptions = { world: time, hub, signer: alice, store: openMemoryStore(), wallet: [] }
  const asker = await openNode('asker', asking)
  const printer = await openNode('printer', { world: time, hub, seen, signer: bob, effects: [print] })
  await allow(printer, asker, '/printer', '/receipt/read')
  const grown = (grants: Value, fork: readonly Value[], join?: Value) => {
    const asked = { fork: fork.map(task => encode(task)), ...(join !== undefined && { join: encode(join) }) }
    return draft({ grow: { cmd: '/test/grow', args: asked, meta: { 'ipvm/config': { fx: { grants } } } } })
  }
  const ask = async (...of: Parameters<typeof grown>) => {
    const { end, tasks } = await time.until(run(asker, grown(...of)))
    return { end, tasks: Object.fromEntries([...tasks].map(([label, { receipt }]) => [label, receipt])) }
  }
  return { time, seen, asker, printer, asking, grown, ask }
}

const print = (value: Value, sub: Did = bob.did) => ({ sub, cmd: '/printer/print', args: { value } }) as const
const ofBob = { cmd: '/printer', sub: bob.did }
const result = (task: ReturnType<typeof print>) => ({ 'await/ok': taskName({ ...task, nonce: noNonce }) })

test('what another agent does is asked for by a function that was granted it by that name', async () => {
  const { ask, seen } = await opened()
  const echo = { cmd: '/test/echo', args: { value: result(print('page')) } }
  const { end, tasks } = await ask([ofBob, { cmd: '/test' }], [print('page')], echo)
  expect(end).toBe('ok')
  expect(tasks['grow/fork/0']).toMatchObject({ iss: bob.did, out: { ok: 'printed: page' } })
  expect(tasks.grow).toMatchObject({ iss: alice.did, out: { ok: 'printed: page' } })
  expect(seen).toEqual(['/printer/print "page"'])
})

test.each<[string, Value, Value]>([
  ['a grant of what is done here', { cmd: '/printer' }, print('page')],
  ['a grant of everything here', { cmd: '/' }, print('page')],
  ["a grant of another agent's", { cmd: '/printer', sub: carol.did }, print('page')],
  ['a grant of another command', { cmd: '/scanner', sub: bob.did }, print('page')],
  ['a grant whose policy does not hold', { ...ofBob, pol: [['==', '.value', 'book']] }, print('page')],
  [
    "a grant of what is another's, for what is done here",
    { cmd: '/test', sub: bob.did },
    { cmd: '/test/echo', args: { value: 1 } },
  ],
])('%s does not do', async (_, grant, task) => {
  const { ask, seen } = await opened()
  const { end, tasks } = await ask([grant], [task])
  expect(end).toBe('failed')
  expect(tasks.grow?.out).toMatchObject({ error: { name: 'FxNotGranted' } })
  expect(seen).toEqual([])
})

test('what a promise stands for is judged before it is sent, and nothing is sent with a promise in place', async () => {
  const { ask, seen } = await opened()
  const grant = { ...ofBob, pol: [['not', ['like', '.value', 'printed*']]] }
  const { end, tasks } = await ask([grant], [print('page'), print(result(print('page')))])
  expect(end).toBe('failed')
  expect(tasks['grow/fork/1']?.out).toMatchObject({ error: { name: 'FxNotGranted' } })
  expect(seen).toEqual(['/printer/print "page"'])
})

test('a run that was cut off goes on with what its function asked for, by the same bytes', async () => {
  const { time, asker, asking, grown, seen } = await opened()
  void run(asker, grown([ofBob], [print('page')])).catch(() => {})
  await time.pass(5000)
  await time.until(asker.close())
  const [state] = (await asking.store?.openRuns()) ?? []
  if (!state) throw new Error('it is open')
  const again = await openNode('asker', { ...asking, wallet: [...asker.wallet] })
  const ended = await time.until(again.runtime.ended(state.run))
  expect(ended.tasks.get('grow/fork/0')?.receipt).toMatchObject({ iss: bob.did, out: { ok: 'printed: page' } })
  expect(seen).toHaveLength(1)
  const signed = (await again.store.journal(state.run)).flatMap(({ event }) =>
    event.type === 'signed' ? [`${event.invocation}`] : [],
  )
  expect(new Set(signed).size).toBe(1)
  expect(signed.length).toBeGreaterThan(1)
})

test('what a function asked for and another agent refused is asked for anew when a person says so', async () => {
  const { time, asker, grown } = await opened()
  const wallet = asker.wallet.splice(0)
  const ended = await time.until(run(asker, grown([ofBob], [print('page')])))
  expect(ended.tasks.get('grow/fork/0')?.receipt.out).toMatchObject({ error: { name: 'InvalidClaim' } })
  asker.wallet.push(...wallet)
  expect(await time.until(asker.runtime.request(ended.run, { type: 'retry', label: 'grow/fork/0' }))).toEqual({
    ok: {},
  })
  const again = await time.until(asker.runtime.ended(ended.run))
  expect(again.tasks.get('grow/fork/0')?.receipt.out).toEqual({ ok: 'printed: page' })
})

test('a function of what somebody else submitted asks for nothing of others', async () => {
  const { time, asker, grown, seen } = await opened()
  const compiled = await compile(grown([ofBob], [print('page')]))
  if ('error' in compiled) throw new Error(compiled.error.message)
  const { document, blocks } = compiled.ok
  const fields = { aud: dave.did, sub: alice.did, cmd: '/', nonce: new Uint8Array(12), exp: null } as const
  const may = await delegate(fields, alice)
  const args = { workflow: document.cid }
  const prf = [may.envelope.cid]
  const asking = { sub: alice.did, cmd: '/workflow/run', args, prf, nonce: new Uint8Array(12), exp: null } as const
  const invocation = await invoke(asking, dave)
  await asker.store.commit({ blocks: [document, ...blocks, may.envelope] })
  const ended = await time.until(asker.runtime.submit(invocation))
  if ('error' in ended) throw new Error(ended.error.message)
  expect(ended.ok.tasks.get('grow')?.receipt.out).toMatchObject({
    error: { name: 'InvalidWorkflow', message: expect.stringContaining('only a run of this node itself') },
  })
  expect(seen).toEqual([])
})
