import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { StoreError, type Store } from '@ipvm/store'
import { aWhile, bobsEffects, good } from '../node.test-fixture.ts'

test('values are kept, compared and listed; a change is made where the version is the one that was read', async () => {
  const { run } = bobsEffects()
  const put = (value: number, expect?: number) =>
    workflow('put', ({ task }) => {
      task('put', { cmd: '/kv/put', args: { key: 'a', value, ...(expect !== undefined && { expect }) } })
    })
  expect((await run(put(1, 0))).tasks.get('put')?.receipt.out).toEqual({ ok: { version: 1 } })
  expect((await run(put(2, 0))).tasks.get('put')?.receipt.out).toMatchObject({ error: { name: 'VersionMismatch' } })
  expect((await run(put(2, 1))).end).toBe('ok')
  const read = workflow('read', ({ task }) => {
    task('get', { cmd: '/kv/get', args: { key: 'a' } })
    task('none', { cmd: '/kv/get', args: { key: 'b' } })
    task('list', { cmd: '/kv/list', args: { prefix: '' } })
  })
  const { tasks } = await run(read)
  expect(tasks.get('get')?.receipt.out).toEqual({ ok: { value: 2, version: 2 } })
  expect(tasks.get('none')?.receipt.out).toEqual({ ok: null })
  expect(tasks.get('list')?.receipt.out).toEqual({ ok: [{ key: 'a', value: 2, version: 2 }] })
  const gone = workflow('gone', ({ task }) => void task('x', { cmd: '/kv/delete', args: { key: 'a' } }))
  await run(gone)
  // The number goes on: who read version 2 does not take a new value for the old one.
  expect((await run(put(9))).tasks.get('put')?.receipt.out).toEqual({ ok: { version: 4 } })
})

test('of two that change a value where it was not changed, one does, also while the disk is full', async () => {
  const base = openMemoryStore()
  let isFull = false
  const commit: Store['commit'] = async change => {
    if (isFull && change.kv) throw new StoreError('StoreFull', 'the disk is full', undefined)
    return base.commit(change)
  }
  const { runtime, invocationOf } = bobsEffects({ ...base, commit })
  const puts = (value: string) =>
    workflow(value, ({ task }) => void task('put', { cmd: '/kv/put', args: { key: 'k', value, expect: 0 } }))
  const both = [await invocationOf(puts('one')), await invocationOf(puts('two'))]
  isFull = true
  const runs = both.map(invocation => runtime.submit(invocation))
  await aWhile()
  isFull = false
  const ends = (await Promise.all(runs)).map(ended => good(ended).end)
  expect(ends.toSorted()).toEqual(['failed', 'ok'])
})
