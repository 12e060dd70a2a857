import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, good, refused } from '../node.test-fixture.ts'

const slow = { config: { retry: { backoff: [100, 'milliseconds'] } } }

test('a run that another process took up while it was accepted here goes on from what that one wrote', async () => {
  const store = openMemoryStore()
  const first = bobsEffects(store)
  // Asked for twice, before what the first answer goes into is sent.
  first.attempts.set('last', [refused])
  const draft = workflow(
    'raced',
    ({ task }) => {
      const asked = task('ask', { cmd: '/test/ask', args: { value: 'x' } })
      task('last', { cmd: '/test/put', args: { value: 'last', after: asked } })
    },
    slow,
  )
  const invocation = await first.invocationOf(draft)
  let looks = 0
  const second = bobsEffects({
    ...store,
    run: async id => {
      const found = await store.run(id)
      looks += 1
      if (looks === 1) {
        // Between the look and what follows from it, the first one accepts it, asks, and is gone.
        await first.runtime.accept(invocation)
        while (first.seen.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
        await first.runtime.close()
      }
      return found
    },
  })
  second.world.time += 1
  const run = good(await second.runtime.accept(invocation))
  expect((await second.runtime.ended(run)).end).toBe('ok')
  expect(first.seen.map(({ value }) => value)).toEqual(['x', 'last'])
  expect(second.seen.map(({ value }) => value)).toEqual(['last'])
  expect(second.seen[0]?.key).toBe(first.seen[1]?.key)
})

test('who stops following a run that goes on in another process hears that it stopped, and reads no more', async () => {
  const store = openMemoryStore()
  const first = bobsEffects(store)
  first.attempts.set('x', [refused, refused, refused])
  await first.runtime.open()
  let isClosed = false
  const second = bobsEffects({
    ...store,
    run: async id => {
      if (isClosed) throw new Error('the store is closed')
      return store.run(id)
    },
  })
  const draft = workflow('long', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }), slow)
  const run = good(await second.runtime.accept(await second.invocationOf(draft)))
  const followed = second.runtime.ended(run)
  await second.runtime.close()
  isClosed = true
  expect((await followed).end).toBe('halted')
  expect((await first.runtime.ended(run)).end).toBe('ok')
})
