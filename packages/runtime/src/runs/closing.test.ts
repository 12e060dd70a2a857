import type { Value } from '@ipvm/ipld'
import { StoreError, type Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { aWhile, bobsEffects, caught, denied, good } from '../node.test-fixture.ts'

test('what is asked of a run, or accepted, while its runtime closes begins only when one is open again', async () => {
  const { run, runtime, attempts, seen, store, invocationOf } = bobsEffects()
  attempts.set(1, [denied])
  const posts = (value: Value) =>
    workflow('posts', ({ task }) => void task('post', { cmd: '/test/post', args: { value } }))
  const failed = await run(posts(1))
  const asked = runtime.request(failed.run, { type: 'retry', label: 'post' })
  const accepted = runtime.accept(await invocationOf(posts(2)))
  await runtime.close()
  expect(good(await store.claim('another'))).toBeDefined()
  await Promise.all([asked, accepted])
  await runtime.accept(await invocationOf(posts(3)))
  await runtime.request(failed.run, { type: 'resume' })
  await aWhile()
  expect(seen).toHaveLength(1)
})

const breaks = {
  'while the world answers': workflow(
    'asks',
    ({ task }) => void task('ask', { cmd: '/test/ask', args: { value: 'x' } }),
  ),
  'while a handler says what is to be done': workflow(
    'fails',
    ({ task }) => void task('fail', { cmd: '/test/fail', args: {} }),
    caught('zero'),
  ),
}

test.each(Object.entries(breaks))('a store that breaks %s stops the run, and not the process', async (_, draft) => {
  const base = openMemoryStore()
  let isBroken = false
  const commit: Store['commit'] = async change => {
    isBroken ||= change.receipts?.some(({ out }) => 'ok' in out) === true
    if (isBroken) throw new StoreError('StoreUnreadable', 'the disk is gone', undefined)
    return base.commit(change)
  }
  const { runtime, invocationOf } = bobsEffects({ ...base, commit })
  const unheard: unknown[] = []
  const hear = (reason: unknown) => void unheard.push(reason)
  process.on('unhandledRejection', hear)
  await runtime.accept(await invocationOf(draft))
  await aWhile()
  process.off('unhandledRejection', hear)
  expect(isBroken).toBe(true)
  expect(unheard).toEqual([])
})
