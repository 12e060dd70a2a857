import { alice, carol } from '@ipvm/testing'
import { workflow } from '@ipvm/workflow'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bobLets, bobsNode, good, type BobsNode } from '../bob.test-fixture.ts'
import { connect, type RunNews } from '../index.ts'

/** However busy the machine is. */

let at: BobsNode
beforeEach(async () => {
  at = await bobsNode()
})
afterEach(() => at.remove())

const slow = workflow('slow', ({ task }) => {
  const one = task('one', { cmd: '/test/wait', args: { text: 'first' } })
  task('two', { cmd: '/test/wait', args: { text: one } })
})

async function alicesNode() {
  return good(await connect(at.url, alice, { proofs: [await bobLets('/')] }))
}

test('a node that stops in the middle and comes back ends the run, and each event is told once, in order', async () => {
  const node = await alicesNode()
  const opened = Promise.withResolvers<void>()
  at.gate.open = opened.promise
  const news: RunNews[] = []
  const begun = Promise.withResolvers<void>()
  const ran = node.run(slow, {
    onEvent: one => {
      news.push(one)
      begun.resolve()
    },
  })
  await expect.poll(() => at.asked.some(line => line.endsWith('/events'))).toBe(true)
  // What waits outside is let go of when the node stops.
  at.gate.open = Promise.resolve()
  const stopped = at.stop()
  opened.resolve()
  await stopped
  await at.start()
  const result = good(await ran)
  expect(result.end).toBe('ok')
  await begun.promise
  expect([...result.tasks.values()].map(({ out }) => out)).toEqual([{ ok: 'first' }, { ok: 'first' }])
  const ids = news.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  expect(news.filter(({ event }) => event === 'settled').map(({ data }) => data.label)).toEqual(['one', 'two'])
  expect(news.at(-1)?.event).toBe('ended')
})

test('whoever has seen some of it goes on from there', async () => {
  const node = await alicesNode()
  const { run } = good(await node.run(slow))
  const all: RunNews[] = []
  for await (const news of node.watch(run)) all.push(news)
  const rest: RunNews[] = []
  for await (const news of node.watch(run, { after: all[0]?.id ?? 0 })) rest.push(news)
  expect(rest).toEqual(all.slice(1))
  expect(rest.length).toBeGreaterThan(1)
})

test('a run that others asked for is not theirs to watch', async () => {
  const { run } = good(await (await alicesNode()).run(slow))
  const stranger = good(await connect(at.url, alice))
  const carols = good(await connect(at.url, carol))
  const watched = async (node: typeof carols) => {
    const seen: RunNews[] = []
    for await (const news of node.watch(run)) seen.push(news)
    return seen
  }
  await expect(watched(carols)).rejects.toMatchObject({ failure: { name: 'Refused' } })
  // Who asked for it may, with nothing but their key.
  expect((await watched(stranger)).at(-1)?.event).toBe('ended')
})
