import { workflow } from '@ipvm/workflow'
import { readReceipt } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import type { CID } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { bobsNode, sums } from '../arithmetic.test-fixture.ts'

test('two workflows share the tasks that bear the same name', async () => {
  const { run, ran } = bobsNode()
  await run(sums('one', 1, 2, 3))
  const two = await run(sums('two', 1, 2, 4))
  expect([...two.tasks.values()].map(({ how }) => how)).toEqual(['reused', 'reused', 'ran'])
  expect(ran).toHaveLength(4)
})

test('the same values under another asked name are not computed again, and are found at once the next time', async () => {
  const { run, ran, store } = bobsNode()
  await run(sums('literal', 1))
  // 0 + 1, then 1 + 1 = 2; and 2 asked as literal.
  await run(sums('promised', 1, 1))
  const literal = workflow('literal', ({ task }) => void task('x', { cmd: '/test/add', args: { a: 1, b: 1 } }))
  const ended = await run(literal)
  expect(ended.tasks.get('x')?.how).toBe('reused')
  expect(ran).toHaveLength(2)
  const receipt = ended.tasks.get('x')?.receipt
  expect(receipt?.as?.toString()).toBe(ended.tasks.get('x')?.task.toString())
  expect(await store.resultsFor(receipt?.ran as CID, 'test/1')).toHaveLength(1)
})

test('runs at the same time share one run of a task', async () => {
  const { run, ran } = bobsNode()
  const [one, two] = await Promise.all([run(sums('one', 5)), run(sums('two', 5))])
  expect(ran).toEqual(['add'])
  expect([one, two].map(({ tasks }) => tasks.get('step0')?.how).sort()).toEqual(['ran', 'reused'])
})

test('a permanent failure is reused; an impermanent one is tried again, and has a time to live', async () => {
  const { run, ran, world } = bobsNode()
  const draft = workflow('both', ({ task }) => {
    task('fail', { cmd: '/test/fail', args: {} })
    task('slow', { cmd: '/test/slow', args: {} })
  })
  const first = await run(draft)
  await run(draft)
  expect(ran.sort()).toEqual(['fail', 'slow', 'slow'])
  expect(first.tasks.get('fail')?.receipt.exp).toBeNull()
  expect(first.tasks.get('slow')?.receipt.exp).toBe(world.time + 3600)
})

test('what a failure of one run alone has led to holds for that run alone', async () => {
  const { run } = bobsNode()
  const draft = workflow('lucky', ({ task }) => {
    const luck = task('luck', { cmd: '/test/luck', args: {} })
    const saw = task('saw', { cmd: '/test/echo', args: { value: luck.settled } })
    task('further', { cmd: '/test/echo', args: { value: saw } })
    task('handler', { cmd: '/test/echo', args: { value: luck.error } })
  })
  const first = await run(draft)
  expect(first.tasks.get('further')?.receipt.out).toMatchObject({ ok: { error: { name: 'TimeLimit' } } })
  const second = await run(draft)
  expect(second.tasks.get('further')?.receipt.out).toEqual({ ok: { ok: 'good' } })
  expect(second.tasks.get('handler')?.how).toBe('skipped')
  const third = await run(draft)
  expect([...third.tasks.values()].map(({ how }) => how).sort()).toEqual(['reused', 'reused', 'reused', 'skipped'])
})

test('a stored receipt that was tampered with is passed over, and its task runs again', async () => {
  const { run, runtime, store, ran } = bobsNode()
  const ended = await run(sums('honest', 1))
  const receipt = ended.tasks.get('step0')?.receipt
  if (!receipt) throw new Error('the task has a receipt')
  const forged = receipt.bytes.slice()
  forged[10] = (forged[10] ?? 0) ^ 1
  await store.commit({ blocks: [{ cid: receipt.cid, bytes: forged }] })
  expect(await readReceipt(forged)).toHaveProperty('error')
  expect(ran).toHaveLength(1)
  await runtime.close()
  const restarted = bobsNode(store)
  await restarted.run(sums('honest', 1))
  expect(restarted.ran).toHaveLength(1)
})

test('a result whose large value is gone is computed again', async () => {
  const store = openMemoryStore()
  const draft = workflow('fill', ({ task }) => void task('bytes', { cmd: '/test/fill', args: { size: 100_000 } }))
  const { run, runtime } = bobsNode(store)
  const out = (await run(draft)).tasks.get('bytes')?.receipt.out
  await runtime.close()
  const gone = String(out && 'ok' in out && out.ok)
  const forgetful = { ...store, hasBlock: async (cid: CID) => String(cid) !== gone && store.hasBlock(cid) }
  const again = await bobsNode(forgetful).run(draft)
  expect(again.tasks.get('bytes')?.how).toBe('ran')
})
