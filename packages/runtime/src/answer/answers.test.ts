import { encode, type Value, type ValueMap } from '@ipvm/ipld'
import { compile, workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsEffects, good } from '../node.test-fixture.ts'
import type { Event } from '../event/document.ts'

const event: Event = { id: '1', source: 'test', type: 'test', time: 1, data: null, depth: 0 }
const asks = (cmd: string, args: ValueMap) => encode({ cmd, args })
const grow = { cmd: '/test/grow', args: { value: 1, fork: [asks('/test/put', { value: 'asked' })] } } as const
const granted = { fx: { grants: [{ cmd: '/test' }] } }

async function answered(node: ReturnType<typeof bobsEffects>, draft: Value, label: string) {
  const { document, blocks } = good(await compile(draft))
  await node.store.commit({ blocks: [document, ...blocks] })
  const never = () => new AbortController().signal
  return node.runtime.answer(document.cid, label, event, never)
}

const notPure = { error: { name: 'NotPure' } }

test('what asks for tasks is answered by a run, whether it may or not, and also where it is known already', async () => {
  const node = bobsEffects()
  const draft = (config: object) => workflow('asking', ({ task }) => void task('grow', grow), { config: { ...config } })
  for (const config of [{}, granted, {}, granted])
    expect(await answered(node, draft(config), 'grow')).toMatchObject(notPure)
  await node.run(draft(granted))
  for (const config of [{}, granted]) expect(await answered(node, draft(config), 'grow')).toMatchObject(notPure)
  expect(node.seen).toHaveLength(1)
})

test('what may ask for tasks is not left out where the answer does not need it', async () => {
  const beside = workflow('beside', ({ task }) => {
    task('answer', { cmd: '/test/echo', args: { value: 1 } })
    task('grow', { ...grow, meta: { 'ipvm/config': granted } })
  })
  const node = bobsEffects()
  expect(await answered(node, beside, 'answer')).toMatchObject(notPure)
  expect(node.ran).toEqual([])
})

test('an answer is found by the names that a run gives', async () => {
  const node = bobsEffects()
  const args: ValueMap = JSON.parse('{"__proto__": {"await/ok": "one"}, "value": {"await/ok": "one"}}')
  const tasks = { one: { cmd: '/test/echo', args: { value: 1 } }, two: { cmd: '/test/echo', args } }
  const draft = { 'ipvm/workflow@1': { name: 'named', tasks } }
  await node.run(draft)
  const ran = node.ran.length
  expect(await answered(node, draft, 'two')).toEqual({ ok: { out: { ok: 1 }, lasting: true } })
  expect(node.ran).toHaveLength(ran)
})
