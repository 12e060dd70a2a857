import { expect, test } from 'vitest'
import { workflow } from '@ipvm/workflow'
import { bobsEffects, good } from '../node.test-fixture.ts'

test('who follows a run hears of it when it is written down, and does not look at the store until then', async () => {
  const { runtime, store, invocationOf, attempts } = bobsEffects()
  attempts.set('x', ['hang'])
  const draft = workflow('slow', ({ task }) => {
    task('first', { cmd: '/test/echo', args: { value: 1 } })
    task('second', { cmd: '/test/ask', args: { value: 'x' } })
  })
  const run = good(await runtime.accept(await invocationOf(draft)))
  let looks = 0
  const { journal } = store
  store.journal = (...asked) => {
    looks += 1
    return journal(...asked)
  }
  const stop = new AbortController()
  const heard: string[] = []
  const followers = Array.from({ length: 20 }, async () => {
    for await (const event of runtime.follow(run, { signal: stop.signal })) heard.push(event.type)
  })
  await new Promise(resolve => setTimeout(resolve, 500))
  expect(heard.filter(type => type === 'settled')).toHaveLength(20)
  const before = looks
  await new Promise(resolve => setTimeout(resolve, 500))
  expect(looks - before).toBeLessThanOrEqual(20)
  stop.abort()
  await Promise.all(followers)
  await runtime.close()
})
