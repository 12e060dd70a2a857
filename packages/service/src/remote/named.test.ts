import { ok } from '@ipvm/ipld'
import { readContents, writeContents } from '@ipvm/network'
import { memoryHub } from '@ipvm/network/memory'
import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { VirtualWorld } from '../virtual.test-fixture.ts'
import { allow, draft, openNode, outside, run, type NodeOptions } from './story.test-fixture.ts'

/** Alice asks Bob, and somebody is in between. */
async function opened(between?: NodeOptions['between']) {
  const time = new VirtualWorld()
  const hub = memoryHub({ world: time })
  const seen: string[] = []
  const query = outside('/db/query', 'query', seen, async value => `rows of ${value}`)
  const count = outside('/db/count', 'query', seen, async value => `${value}, counted`)
  const asker = await openNode('asker', { world: time, hub, signer: alice, known: [query, count] })
  const db = await openNode('db', {
    world: time,
    hub,
    signer: bob,
    effects: [query, count],
    ...(between && { between }),
  })
  await allow(db, asker, '/db', '/test', '/receipt/read')
  const of = async (tasks: Parameters<typeof draft>[0]) => {
    const ended = await time.until(run(asker, draft(tasks)))
    return Object.fromEntries(
      [...ended.tasks].map(([label, { receipt }]) => [
        label,
        'ok' in receipt.out ? receipt.out.ok : receipt.out.error.name,
      ]),
    )
  }
  return { of, asker, db, seen, time }
}

const rows = (value: string, config = {}) => ({
  ...{ sub: bob.did, cmd: '/db/query', args: { value }, meta: { 'ipvm/config': config } },
})
const counted = (config = {}) => ({
  ...{ sub: bob.did, cmd: '/db/count', args: { value: { 'await/ok': 'rows' } }, meta: { 'ipvm/config': config } },
})

test('whoever is in between does not answer by another receipt of the same agent', async () => {
  let shown: readonly Uint8Array[] = []
  let count = 0
  const { of } = await opened(async (request, own) => {
    const answer = await own(request)
    if ('error' in answer) return answer
    const contents = await readContents(answer.ok)
    if ('error' in contents) throw new Error(contents.error.message)
    count += 1
    // What Bob said of the rows first is shown as the count of them.
    if (count === 1) shown = contents.ok.tokens
    return count < 3 ? answer : ok(await writeContents(shown, []))
  })
  expect(await of({ rows: rows('orders') })).toEqual({ rows: 'rows of orders' })
  const time = [5, 'seconds']
  const { counted: said } = await of({ rows: rows('letters'), counted: counted({ time }) })
  expect(said).not.toBe('rows of orders')
})

test('the same question once more is answered by what was known, under the name that was asked for', async () => {
  const { of, seen } = await opened()
  const reuse = [1, 'hours']
  expect(await of({ rows: rows('orders', { reuse }) })).toEqual({ rows: 'rows of orders' })
  expect(await of({ rows: rows('orders', { reuse }) })).toEqual({ rows: 'rows of orders' })
  expect(seen).toEqual(['/db/query "orders"'])
})

test('a pure task that was done there for somebody else before is answered by its own name', async () => {
  const { of, db, time } = await opened()
  await time.until(run(db, draft({ own: { cmd: '/test/echo', args: { value: 'known' } } })))
  const echo = (value: unknown) => ({ sub: bob.did, cmd: '/test/echo', args: { value } })
  expect(await of({ one: echo('known') as never })).toEqual({ one: 'known' })
  const two = { rows: rows('known'), two: echo({ 'await/ok': 'rows' }) as never }
  await time.until(run(db, draft({ own: { cmd: '/test/echo', args: { value: 'rows of known' } } })))
  expect(await of(two)).toEqual({ rows: 'rows of known', two: 'rows of known' })
})
