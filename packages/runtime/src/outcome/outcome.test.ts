import { defaultConfig, resourceLimits, workflow } from '@ipvm/workflow'
import { rawBlock, type CID } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { bobsNode } from '../arithmetic.test-fixture.ts'
import { good } from '../node.test-fixture.ts'

test('large values become links in the receipt, and consumers get the value', async () => {
  const { run, store } = bobsNode()
  const ended = await run(
    workflow('large', ({ task }) => {
      const words = task('words', { cmd: '/test/words', args: { count: 10_000 } })
      task('length', { cmd: '/test/length', args: { of: words } })
      task('bytes', { cmd: '/test/fill', args: { size: 3_000_000 } })
    }),
  )
  expect(ended.tasks.get('length')?.receipt.out).toEqual({ ok: 10_000 })
  for (const label of ['words', 'bytes']) {
    const receipt = ended.tasks.get(label)?.receipt
    expect(receipt?.bytes.length).toBeLessThan(1000)
    const out = receipt?.out ?? {}
    expect('ok' in out && (await store.hasBlock(out.ok as CID))).toBe(true)
  }
})

test('a result that is too deep or too large to be kept, and arguments that become so, are errors of their task', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('too much', ({ task }) => {
      const deep = task('deep', { cmd: '/test/nest', args: { depth: 90 } })
      task('deeper', { cmd: '/test/echo', args: { value: [[[[[[[[[[[deep]]]]]]]]]]] } })
      task('deepest', { cmd: '/test/nest', args: { depth: 200 } })
      const words = task('words', { cmd: '/test/words', args: { count: 100_000 } })
      task('often', { cmd: '/test/length', args: { of: Array.from({ length: 50 }, () => words) } })
      task('endless', { cmd: '/test/words', args: { count: 2_000_000 } })
      task('apart', { cmd: '/test/add', args: { a: 1, b: 1 } })
    }),
  )
  const name = (label: string) => {
    const out = ended.tasks.get(label)?.receipt.out
    return out && 'error' in out ? out.error.name : 'ok'
  }
  expect(['deep', 'deeper', 'deepest', 'words', 'often', 'endless', 'apart'].map(name)).toEqual([
    'ok',
    'ArgumentsTooLarge',
    'ResultTooLarge',
    'ok',
    'ArgumentsTooLarge',
    'ResultTooLarge',
    'ok',
  ])
})

test('what a run used and wrote is kept beside its receipt, and its gas stands in the receipt', async () => {
  const { submit, store } = bobsNode()
  const draft = workflow('chatty', ({ task }) => void task('x', { cmd: '/test/chat', args: { log: 'hello' } }))
  const { events, result } = await submit(draft)
  const settled = good(result).tasks.get('x')
  expect(settled?.receipt.gas).toBe(1234)
  const used = { gas: 1234, memory: 65_536, output: 8, disk: 5, time: 2.5 }
  const report = { used, limits: resourceLimits(defaultConfig), log: 'hello' }
  expect(settled?.report).toEqual(report)
  expect(events).toContainEqual(expect.objectContaining({ type: 'settled', report }))
  expect(settled && (await store.report(settled.receipt.cid))).toEqual(report)
  // Found again, it used nothing.
  const again = good((await submit(draft)).result).tasks.get('x')
  expect(again).not.toHaveProperty('report')
  expect(again?.receipt.cid).toEqual(settled?.receipt.cid)
})

test('where a guest failed is told beside its receipt, never in it, and at bounded length', async () => {
  const { run, store } = bobsNode()
  const failed = (await run(workflow('t', ({ task }) => void task('x', { cmd: '/test/trap', args: {} })))).tasks.get(
    'x',
  )
  expect(failed?.receipt.out).toEqual({ error: { name: 'Trap', message: 'the guest trapped' } })
  const report = failed && (await store.report(failed.receipt.cid))
  expect(report?.stack).toHaveLength(32)
  expect(report?.stack?.[1]).toBe(`1 ${'f'.repeat(198)}`)
})

test('a result and a log that are more than the task may store are not stored; with more disk they are', async () => {
  const { run, store } = bobsNode()
  const chat = (size: number, disk: number) =>
    workflow('large', ({ task }) => void task('x', { cmd: '/test/chat', args: { log: 'x'.repeat(1000), size } }), {
      config: { disk: [disk, 'bytes'] },
    })
  const crossed = (await run(chat(50_000, 50_999))).tasks.get('x')?.receipt
  expect(crossed?.out).toMatchObject({ error: { name: 'DiskQuota', used: 51_000, limit: 50_999 } })
  expect(crossed?.exp).not.toBeNull()
  expect((await store.report(crossed?.cid as CID))?.log).toHaveLength(1000)
  const { cid } = rawBlock(new Uint8Array(50_000))
  expect(await store.hasBlock(cid)).toBe(false)
  const whole = (await run(chat(50_000, 51_000))).tasks.get('x')
  expect(whole?.how).toBe('ran')
  expect(await store.hasBlock(cid)).toBe(true)
  expect(whole?.report?.used.disk).toBe(51_000)
  const wordy = (await run(chat(0, 999))).tasks.get('x')
  expect(wordy?.receipt.out).toMatchObject({ error: { name: 'DiskQuota' } })
  expect(wordy?.report?.log).toBe('')
})
