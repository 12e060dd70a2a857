import { encode, type Value } from '@ipvm/ipld'
import { noNonce, taskName, type Command, type Outcome, type Task } from '@ipvm/ucan'
import { workflow } from '@ipvm/workflow'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { bobsEffects, denied, quick } from '../node.test-fixture.ts'
import { defineEffect, type EndedRun } from '../index.ts'

/** A task as a function asks for it. */
function asks(cmd: Command, args: { readonly [key: string]: Value }): Uint8Array {
  return encode({ cmd, args })
}

/** A promise of a task that is asked for along. */
function promise(cmd: Command, args: { readonly [key: string]: Value }): Value {
  const task: Task = { cmd, args, nonce: noNonce }
  return { 'await/ok': taskName(task) }
}

const all = { grants: [{ cmd: '/test' }] } as const

function outcomes({ end, tasks }: EndedRun): { end: string; tasks: Record<string, Outcome> } {
  return { end, tasks: Object.fromEntries([...tasks].map(([label, { receipt }]) => [label, receipt.out])) }
}

function grown(args: { value?: Value; fork?: readonly Value[]; join?: Uint8Array }, config = {}) {
  return workflow(
    'grown',
    ({ task }) => {
      const grow = task('grow', { cmd: '/test/grow', args })
      task('after', { cmd: '/test/echo', args: { value: grow } })
    },
    { config: { ...quick, fx: all, ...config } },
  )
}

describe('what a function asks for', () => {
  test('joins its run, side by side; its own value stays its value', async () => {
    const { run, seen } = bobsEffects()
    const fork = [asks('/test/put', { value: 1 }), asks('/test/echo', { value: 2 })]
    const ended = outcomes(await run(grown({ value: 'mine', fork })))
    expect(ended).toEqual({
      end: 'ok',
      tasks: {
        grow: { ok: 'mine' },
        after: { ok: 'mine' },
        'grow/fork/0': { ok: '/test/put 1 1' },
        'grow/fork/1': { ok: 2 },
      },
    })
    expect(seen).toMatchObject([{ cmd: '/test/put', value: 1 }])
  })

  test('may await what is asked for along, and go on in its place', async () => {
    const { run } = bobsEffects()
    const fork = [asks('/test/ask', { value: 1 })]
    const join = asks('/test/echo', { value: { asked: promise('/test/ask', { value: 1 }) } })
    const { tasks, end } = outcomes(await run(grown({ value: 'mine', fork, join })))
    const whole = { ok: { asked: '/test/ask 1 1' } }
    expect({ end, tasks }).toEqual({
      end: 'ok',
      tasks: { 'grow/fork/0': { ok: '/test/ask 1 1' }, 'grow/join': whole, grow: whole, after: whole },
    })
  })

  test('may go on and on', async () => {
    const { run, seen } = bobsEffects()
    const ended = await run(
      workflow(
        'counted',
        ({ task }) => {
          const count = task('count', { cmd: '/test/count', args: { from: 1, to: 5, cmd: '/test/post' } })
          task('after', { cmd: '/test/echo', args: { value: count } })
        },
        { config: { ...quick, fx: all } },
      ),
    )
    expect(outcomes(ended)).toMatchObject({ end: 'ok', tasks: { count: { ok: 5 }, after: { ok: 5 } } })
    expect([...ended.tasks.keys()].filter(label => label.includes('join')).sort()).toEqual([
      'count/join',
      'count/join/2',
      'count/join/2/fork/0',
      'count/join/3',
      'count/join/3/fork/0',
      'count/join/4',
      'count/join/4/fork/0',
      'count/join/fork/0',
    ])
    expect(seen.map(({ value }) => value).sort()).toEqual([1, 2, 3, 4, 5])
  })

  test('is asked for again where its result was known before', async () => {
    const { run, seen, ran } = bobsEffects()
    const draft = () => grown({ value: 1, fork: [asks('/test/put', { value: 'again' })] })
    await run(draft())
    const second = await run(draft())
    expect(second.tasks.get('grow')?.how).toBe('reused')
    expect(ran.filter(name => name === 'grow')).toHaveLength(1)
    expect(seen).toHaveLength(2)
    expect(seen[0]?.key).not.toBe(seen[1]?.key)
  })

  test('is sent never by a workflow that fails', async () => {
    const { run, seen } = bobsEffects()
    const draft = workflow(
      'failing',
      ({ task }) => {
        const args = { value: 1, fork: [asks('/test/post', { value: 1 })], join: asks('/test/put', { value: 2 }) }
        task('grow', { cmd: '/test/grow', args })
        task('broken', { cmd: '/test/fail', args: {} })
      },
      { config: { ...quick, fx: all } },
    )
    const ended = await run(draft)
    expect(ended.end).toBe('failed')
    expect(seen).toEqual([])
    expect(ended.tasks.get('grow')).toMatchObject({ how: 'withdrawn' })
    expect(ended.tasks.get('grow/fork/0')).toMatchObject({ how: 'withdrawn' })
  })

  test('that fails fails its run; what goes on in its place fails in its name', async () => {
    const { run, attempts } = bobsEffects()
    attempts.set('no', [denied, denied])
    const forked = await run(grown({ value: 1, fork: [asks('/test/ask', { value: 'no' })] }))
    expect(forked.end).toBe('failed')
    expect(forked.tasks.get('after')?.receipt.out).toEqual({ ok: 1 })
    attempts.set('no', [denied, denied])
    const joined = await run(grown({ value: 2, join: asks('/test/ask', { value: 'no' }) }))
    expect(joined.end).toBe('failed')
    expect(joined.tasks.get('grow')).toMatchObject({ how: 'failed', receipt: { out: { error: { name: 'Denied' } } } })
    expect(joined.tasks.get('after')).toMatchObject({ how: 'skipped' })
  })

  test('reads what others had done where that is granted, too, whatever its submitter may read', async () => {
    const { run, seen } = bobsEffects()
    await run(workflow('before', ({ task }) => void task('one', { cmd: '/test/echo', args: { value: 'private' } })))
    const awaited = promise('/test/echo', { value: 'private' })
    const fork = [asks('/test/put', { value: awaited })]
    const refused = await run(grown({ value: 1, fork }))
    expect(outcomes(refused)).toMatchObject({ end: 'failed', tasks: { grow: { error: { name: 'FxNotGranted' } } } })
    expect(seen).toEqual([])
    const task = taskName({ cmd: '/test/echo', args: { value: 'private' }, nonce: noNonce })
    const reading = { cmd: '/receipt/read', pol: [['==', '.task', task]] }
    await run(grown({ value: 1, fork }, { fx: { grants: [...all.grants, reading] } }))
    expect(seen).toMatchObject([{ value: 'private' }])
  })
})

describe('secrets', () => {
  const vault = (seen: Value[]) => [
    defineEffect({
      cmd: '/test/vault',
      class: 'query',
      args: v.strictObject({}),
      taints: true,
      run: async () => ({ ok: 'the key to the safe' }),
    }),
    defineEffect<{ value: Value }>({
      cmd: '/test/use',
      class: 'mutation',
      secret: true,
      args: v.strictObject({ value: v.custom<Value>(() => true) }),
      run: async ({ value }) => {
        seen.push(value)
        return { ok: null }
      },
    }),
  ]

  test('flow from one task that is asked for to another, and not to one that takes none', async () => {
    const used: Value[] = []
    const { run } = bobsEffects(undefined, vault(used))
    const key = promise('/test/vault', {})
    const fork = [asks('/test/vault', {}), asks('/test/use', { value: key })]
    expect((await run(grown({ value: 1, fork }))).end).toBe('ok')
    expect(used).toEqual(['the key to the safe'])
    const leak = await run(grown({ value: 2, fork: [asks('/test/vault', {}), asks('/test/put', { value: key })] }))
    expect(leak.tasks.get('grow')?.receipt.out).toMatchObject({ error: { name: 'SecretLeak' } })
    // What goes on in its place would be known to those who await it.
    const join = await run(
      grown({ value: 3, fork: [asks('/test/vault', {})], join: asks('/test/echo', { value: key }) }),
    )
    expect(join.tasks.get('grow')?.receipt.out).toMatchObject({ error: { name: 'SecretLeak' } })
    expect(used).toHaveLength(1)
  })

  test('ask for nothing themselves: it would stand in their receipts', async () => {
    const { run, store, seen } = bobsEffects(undefined, vault([]))
    const secret = 'what only Bob knows'
    const args = { value: 1, fork: [asks('/test/put', { value: secret })] }
    const draft = workflow('w', ({ task }) => void task('grow', { cmd: '/test/grow', args }, { secret: true }), {
      config: { fx: all },
    })
    const ended = await run(draft)
    expect(ended.end).toBe('failed')
    expect(seen).toEqual([])
    expect(ended.tasks.get('grow')?.receipt).not.toHaveProperty('fx')
    expect(await store.journal(ended.run)).not.toMatchObject([{ event: { type: 'spawned' } }])
  })
})
