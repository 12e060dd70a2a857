import { encode, ok, type CID } from '@ipvm/ipld'
import { openMemoryStore } from '@ipvm/store/memory'
import type { Store } from '@ipvm/store'
import { noNonce, taskName } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { describe, expect, test } from 'vitest'
import { bobsEffects, denied, good, lost, quick, refused, type Attempt } from '../node.test-fixture.ts'

const fx = { grants: [{ cmd: '/test' }] } as const

/** Counts to three, sends each number, and makes something of the last. */
function counting(cmd: string) {
  return workflow(
    'counting',
    ({ task }) => {
      const asked = task('ask', { cmd: '/test/ask', args: { value: 'before' } })
      const count = task('count', { cmd: '/test/count', args: { from: 1, to: 3, cmd, after: asked } })
      task('after', { cmd: '/test/put', args: { value: { last: count } } })
    },
    { config: { ...quick, fx } },
  )
}

/** A store that is cut off after so many changes: nothing more is written, and nobody hears of it. */
function cutOff(store: Store, changes: number): Store & { readonly wasCut: Promise<undefined> } {
  const cut = Promise.withResolvers<undefined>()
  let left = changes
  const commit: Store['commit'] = change => {
    if (left === 0) {
      cut.resolve(undefined)
      return new Promise(() => {})
    }
    left -= 1
    return store.commit(change)
  }
  return { ...store, commit, wasCut: cut.promise, claim: async () => ok({ release: async () => {} }) }
}

describe.each(['/test/put', '/test/post'])('cut off after any change, what %s was asked for', cmd => {
  test('is what was asked for before, and is done as often', async () => {
    for (let changes = 2; ; changes++) {
      const [store, seen] = [openMemoryStore(), new Set<string>()]
      const dying = cutOff(store, changes)
      const before = bobsEffects(dying)
      const run = await begin(before, counting(cmd))
      const ended = run && before.runtime.ended(run)
      const isOver = await Promise.race([dying.wasCut.then(() => false), (ended ?? dying.wasCut).then(() => true)])
      if (!run) continue
      for (let i = 0; i < 20; i++) await new Promise(setImmediate)
      const after = bobsEffects({ ...store, claim: async () => ok({ release: async () => {} }) })
      if (!isOver) {
        good(await after.runtime.open())
        let end = await after.runtime.ended(run)
        while (end.end === 'unknown') {
          const { tasks } = good(await after.runtime.status(run))
          const label = tasks.find(({ state }) => state === 'unknown')?.label ?? ''
          good(await after.runtime.request(run, { type: 'settle', label, out: { ok: 'it was' } }))
          end = await after.runtime.ended(run)
        }
        expect(end.end).toBe('ok')
      }
      const settled = (await store.run(run))?.settled ?? []
      expect(settled.map(({ label }) => label).sort()).toEqual([
        ...['after', 'ask', 'count', 'count/fork/0', 'count/join', 'count/join/2'],
        ...['count/join/2/fork/0', 'count/join/fork/0'],
      ])
      const sent = [...before.seen, ...after.seen].filter(came => came.cmd !== '/test/ask')
      for (const { key, value } of sent) {
        // What cannot be sent again under its key was sent once; the other one is the same to whoever gets it.
        if (cmd === '/test/post' && typeof value === 'number') expect(seen.has(key)).toBe(false)
        seen.add(key)
      }
      expect(seen.size).toBeLessThanOrEqual(4)
      if (isOver) return
    }
  })
})

/** Has it accepted, where the store lives that long. */
async function begin({ runtime, invocationOf }: ReturnType<typeof bobsEffects>, draft: ReturnType<typeof counting>) {
  const late = new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), 50).unref())
  const accepting = invocationOf(draft).then(invocation => runtime.accept(invocation))
  const done = await Promise.race([accepting, late])
  return done && 'ok' in done ? done.ok : undefined
}

async function grown(attempts: Readonly<Record<string, readonly Attempt[]>>, how: { catch?: string } = {}) {
  const node = bobsEffects()
  for (const [value, list] of Object.entries(attempts)) node.attempts.set(value, [...list])
  const put = (value: string) => encode({ cmd: '/test/put', args: { value } })
  const args = { value: 1, fork: [put('one'), put('two')], join: encode({ cmd: '/test/ask', args: { value: 'join' } }) }
  const draft = workflow(
    'grown',
    ({ task }) => {
      const grow = task('grow', { cmd: '/test/grow', args })
      task('after', { cmd: '/test/echo', args: { value: grow } })
    },
    {
      config: { ...quick, fx },
      ...(how.catch !== undefined && { catch: { mod: new Uint8Array([0, 97, 115, 109]), fun: how.catch } }),
    },
  )
  const ended = await node.run(draft)
  const hows = async (run: CID) =>
    Object.fromEntries(((await node.store.run(run))?.settled ?? []).map(({ label, how: as }) => [label, as]))
  return { ...node, ended, hows }
}

test('what went on in a place is tried again, and with it what awaits that; what was done is not done again', async () => {
  const { runtime, ended, hows, seen } = await grown({ join: [denied] })
  expect(ended.end).toBe('failed')
  expect(await hows(ended.run)).toMatchObject({ grow: 'failed', 'grow/join': 'failed', 'grow/fork/0': 'withdrawn' })
  good(await runtime.request(ended.run, { type: 'retry', label: 'grow/join' }))
  expect((await runtime.ended(ended.run)).end).toBe('ok')
  expect(await hows(ended.run)).toMatchObject({ grow: 'ran', 'grow/join': 'ran', 'grow/fork/0': 'ran', after: 'ran' })
  expect(seen.map(({ value }) => value)).toEqual(['join', 'join', 'one', 'two'])
})

test('the whole is tried again, too', async () => {
  const { runtime, ended, seen } = await grown({ join: [denied] })
  good(await runtime.request(ended.run, { type: 'retry', label: 'grow' }))
  const again = await runtime.ended(ended.run)
  expect(again.end).toBe('ok')
  expect(again.tasks.get('after')?.receipt.out).toEqual({ ok: '/test/ask "join" 2' })
  expect(seen.map(({ value }) => value)).toEqual(['join', 'join', 'one', 'two'])
})

test('a handler is asked of a failure once, in the name of the task of the document', async () => {
  const { ended, hows } = await grown({ join: [denied] }, { catch: 'zero' })
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('after')?.receipt.out).toEqual({ ok: 0 })
  expect(await hows(ended.run)).toMatchObject({ grow: 'caught', 'grow/join': 'failed', 'grow/fork/0': 'ran' })
})

test('a mutation that was asked for may be in doubt, and a person says how it ended', async () => {
  const again = bobsEffects()
  again.attempts.set('x', [lost])
  const args = { value: 1, join: encode({ cmd: '/test/post', args: { value: 'x' } }) }
  const draft = workflow('doubt', ({ task }) => void task('grow', { cmd: '/test/grow', args }), { config: { fx } })
  const ended = await again.run(draft)
  expect(ended.end).toBe('unknown')
  const label = 'grow/join'
  good(await again.runtime.request(ended.run, { type: 'settle', label, out: { ok: 'it was' } }))
  const whole = await again.runtime.ended(ended.run)
  expect(whole.tasks.get('grow')?.receipt.out).toEqual({ ok: 'it was' })
})

test('suspended and gone on with, a run has the tasks that it had', async () => {
  const { runtime, invocationOf, seen, attempts, store } = bobsEffects()
  attempts.set(2, ['hang'])
  const run = good(await runtime.accept(await invocationOf(counting('/test/ask'))))
  for await (const event of runtime.follow(run)) if (event.type === 'settled' && event.label === 'count/fork/0') break
  while (!seen.some(({ value }) => value === 2)) await new Promise(resolve => setTimeout(resolve, 5))
  good(await runtime.request(run, { type: 'suspend' }))
  expect((await runtime.ended(run)).end).toBe('suspended')
  const ended = good(await runtime.resume(run))
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('count')?.receipt.out).toEqual({ ok: 3 })
  expect(seen.filter(({ value }) => value === 1)).toHaveLength(1)
  expect((await store.run(run))?.settled).toHaveLength(8)
})

test('a fork of its run keeps what was asked for and went well, also where it asks again', async () => {
  const { runtime, attempts, seen, ended, store } = await grown({ two: [denied] })
  expect(ended.end).toBe('failed')
  expect(seen.map(({ value }) => value)).toEqual(['join', 'one', 'two'])
  attempts.clear()
  const workflowOf = (await store.run(ended.run))?.workflow
  if (!workflowOf) throw new Error('it has a workflow')
  const again = good(await runtime.run(workflowOf, {}, { from: { run: ended.run, label: 'after' } }))
  expect(again.end).toBe('ok')
  // Only what had failed is asked for once more.
  expect(seen.map(({ value }) => value)).toEqual(['join', 'one', 'two', 'two'])
  const anew = good(await runtime.run(workflowOf, {}, { from: { run: ended.run, label: 'grow' } }))
  expect(anew.end).toBe('ok')
  expect(seen).toHaveLength(7)
})

test('a fork keeps no outcome that came of what is done anew', async () => {
  const asked = { cmd: '/test/ask' as const, args: { value: 'x' } }
  const name = taskName({ ...asked, nonce: noNonce })
  const join = encode({ cmd: '/test/echo', args: { value: { 'await/*': name } } })
  const draft = workflow(
    'joined',
    ({ task }) => {
      const grown = task('grow', { cmd: '/test/grow', args: { value: 1, fork: [encode(asked)], join } })
      task('told', { cmd: '/test/echo', args: { value: grown } })
      task('other', { cmd: '/test/echo', args: { value: 'other' } })
    },
    { config: { ...quick, fx: { grants: [{ cmd: '/test' }] } } },
  )
  const { runtime, run, attempts, store } = bobsEffects()
  attempts.set('x', [denied])
  const first = await run(draft)
  attempts.set('x', [{ ok: 'here' }])
  const workflowOf = (await store.run(first.run))?.workflow
  if (!workflowOf) throw new Error('it has a workflow')
  const { tasks } = good(await runtime.run(workflowOf, {}, { from: { run: first.run, label: 'other' } }))
  const said = (label: string) => tasks.get(label)?.receipt.out
  expect([said('grow'), said('told')]).toEqual([said('grow/join'), said('grow/join')])
  expect(said('told')).toEqual({ ok: { ok: 'here' } })
})

test('a fork by a document that grants less has nothing done that was asked for there', async () => {
  const draft = (config: object, stop: string) =>
    workflow('asking', ({ task }) => {
      const args = { value: 1, fork: [1, 2].map(value => encode({ cmd: '/test/put', args: { value } })) }
      task('grow', { cmd: '/test/grow', args, meta: { 'ipvm/config': { ...config } } })
      task('stop', { cmd: stop === 'fail' ? '/test/fail' : '/test/echo', args: { value: 1 } })
    })
  const lesser = [
    {},
    { fx: false },
    { fx: { grants: [{ cmd: '/test/post' }] } },
    { fx: { grants: fx.grants, tasks: 1 } },
    { fx: { grants: [{ cmd: '/test/put', pol: [['<', '.value', 0]] }] } },
  ]
  const node = bobsEffects()
  const { run } = await node.run(draft({ fx }, 'fail'))
  for (const config of lesser) {
    const { document, blocks } = good(await compile(draft(config, 'echo')))
    await node.store.commit({ blocks: [document, ...blocks] })
    const forked = good(await node.runtime.run(document.cid, {}, { from: { run, label: 'stop' } }))
    expect([forked.end, node.seen]).toEqual(['failed', []])
  }
})

test('asked for after the release, a mutation waits for all else, and is sent never where that fails', async () => {
  const node = bobsEffects()
  const fork = [encode({ cmd: '/test/post', args: { value: 'late' } })]
  const draft = (fails: boolean) =>
    workflow(
      'late',
      ({ task }) => {
        const put = task('put', { cmd: '/test/put', args: { value: `first ${fails}` } })
        task('grow', { cmd: '/test/grow', args: { value: put, fork } })
        const asked = task('ask', { cmd: '/test/ask', args: { value: 'slow', after: put } })
        if (fails) task('broken', { cmd: '/test/fail', args: { asked } })
      },
      { config: { ...quick, fx } },
    )
  node.attempts.set('slow', [refused, refused])
  const failed = await node.run(draft(true))
  expect(failed.end).toBe('failed')
  expect(failed.tasks.get('grow/fork/0')?.how).toBe('withdrawn')
  expect(node.seen.map(({ value }) => value)).toEqual(['first true', 'slow', 'slow', 'slow'])
  expect((await node.run(draft(false))).end).toBe('ok')
  expect(node.seen.at(-1)).toMatchObject({ cmd: '/test/post', value: 'late' })
})

test('settled anew with other values, a function asks for something else, and nothing is left of what it had asked for', async () => {
  const node = bobsEffects()
  node.attempts.set('x', [denied, { ok: 'a key' }])
  const put = (value: string) => encode({ cmd: '/test/ask', args: { value } })
  const draft = workflow(
    'other',
    ({ task }) => {
      const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
      const pick = task('pick', { cmd: '/test/echo', args: { value: asked } })
      const list = { one: put('one'), two: put('two') }
      task('grow', { cmd: '/test/choose', args: { if: pick.settled, ...list } })
    },
    { config: { ...quick, fx } },
  )
  const first = await node.run(draft)
  expect(first.end).toBe('failed')
  expect(first.tasks.get('grow/join')?.receipt.out).toMatchObject({ ok: expect.stringContaining('"two"') })
  good(await node.runtime.request(first.run, { type: 'retry', label: 'ask' }))
  const again = await node.runtime.ended(first.run)
  expect(again.end).toBe('ok')
  expect(again.tasks.get('grow')?.receipt.out).toMatchObject({ ok: expect.stringContaining('"one"') })
  expect(node.seen.map(({ value }) => value)).toEqual(['x', 'two', 'x', 'one'])
})
