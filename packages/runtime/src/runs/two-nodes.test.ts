import { openMemoryStore } from '@ipvm/store/memory'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import type { Store } from '@ipvm/store'
import { aWhile, bobsEffects, good, refused } from '../node.test-fixture.ts'

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

/** A store whose runtimes are as those of several processes: each look finds that others have written. */
function sharedStore(): Store {
  let writes = 0
  return { ...openMemoryStore(), foreignWrites: async () => ++writes }
}

test('who follows a run of another process and closes looks at the store no more', async () => {
  const store = sharedStore()
  const [one, two] = [bobsEffects(store), bobsEffects({ ...store, journal: (run, after) => look(run, after) })]
  let isClosed = false
  let looks = 0
  const look: Store['journal'] = (run, after) => {
    if (isClosed) looks += 1
    return store.journal(run, after)
  }
  await one.runtime.open()
  one.attempts.set('x', ['hang'])
  const draft = workflow('slow', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }))
  const followed = two.runtime.submit(await two.invocationOf(draft))
  while (one.seen.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  await two.runtime.close()
  isClosed = true
  expect(good(await followed).end).toBe('halted')
  await aWhile()
  expect(looks).toBe(0)
})

test('a run that was handed to another process is cancelled there, though that was wanted before it was there', async () => {
  const store = sharedStore()
  const [one, two] = [bobsEffects(store), bobsEffects(store)]
  await one.runtime.open()
  one.attempts.set('x', ['hang'])
  const draft = workflow('slow', ({ task }) => void task('x', { cmd: '/test/ask', args: { value: 'x' } }))
  const ended = two.runtime.submit(await two.invocationOf(draft), { signal: AbortSignal.abort() })
  expect(good(await ended).end).toBe('cancelled')
})

test('a request that waits for a mutation of its run keeps no other from being taken up', async () => {
  const store = sharedStore()
  const [one, two] = [bobsEffects(store), bobsEffects(store)]
  await one.runtime.open()
  const begin = async (cmd: `/${string}`, value: string) => {
    one.attempts.set(value, ['hang'])
    const draft = workflow(value, ({ task }) => void task('x', { cmd, args: { value } }))
    return good(await one.runtime.accept(await one.invocationOf(draft)))
  }
  const [posting, asking] = [await begin('/test/post', 'slow'), await begin('/test/ask', 'other')]
  while (one.seen.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  await two.runtime.request(posting, { type: 'retry', label: 'x' })
  await two.runtime.request(asking, { type: 'cancel' })
  expect((await one.runtime.ended(asking)).end).toBe('cancelled')
})
