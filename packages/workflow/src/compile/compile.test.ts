import { blockOf, cidOf, codec, encodeJson, decodeJson, type Result, type Value } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { compile, decodeWorkflow, tasksInOrder, workflow, type Compiled, type Workflow } from '../index.ts'

const mod = cidOf(codec.raw, new TextEncoder().encode('a module'))
const call = (fun: string, ...params: Value[]): Value => ({ cmd: '/wasm/run', args: { mod, fun, params } })
const document = (tasks: Record<string, Value>, fields: Record<string, Value> = {}): Value => ({
  'ipvm/workflow@1': { tasks, ...fields },
})

async function compiled(draft: Value): Promise<Compiled> {
  return good(await compile(draft))
}

function namesOf(flow: Workflow) {
  return new Map(tasksInOrder(flow).map(({ label, name }) => [label, name]))
}

function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(result.error.message)
  return result.ok
}

test('labels become the names of tasks, and a name holds the names it awaits', async () => {
  const { workflow: flow } = await compiled(
    document({ blur: call('blur', { 'await/ok': 'crop' }, 5), crop: call('crop', 1) }),
  )
  const names = namesOf(flow)
  expect(flow.tasks.blur?.args.params).toEqual([{ 'await/ok': names.get('crop') }, 5])
  expect(tasksInOrder(flow).map(({ label }) => label)).toEqual(['crop', 'blur'])
})

test('the builder, the JSON of it and the stored document are the same workflow', async () => {
  const built = workflow('portrait', ({ task }) => {
    const crop = task('crop', { mod, fun: 'crop', params: [0, 0] })
    task('blur', { mod, fun: 'blur', params: [crop, [crop.error, { nested: crop.settled }]] })
  })
  const one = await compiled(built)
  const two = await compiled(good(decodeJson(encodeJson(built, 2))))
  expect(two.document.cid.toString()).toBe(one.document.cid.toString())
  expect(decodeWorkflow(one.document.bytes)).toEqual({ ok: one.workflow })
  expect(one.document.cid.toString()).toMatchInlineSnapshot(
    `"bafyreifvmnvpircofa4jblcax4v4wkkjcxolqtaq354uzyxk2cwscmmzfa"`,
  )
})

test('{uri, call, input} is the same task under another spelling, and that spelling has an alias', async () => {
  const spelled = { uri: `ipfs://${mod}`, call: 'wasm/run', input: { func: 'crop', args: [1] } }
  const plain = await compiled(document({ crop: call('crop', 1) }))
  const other = await compiled(document({ crop: spelled }))
  expect(other.document.cid.toString()).toBe(plain.document.cid.toString())
  const [alias] = other.aliases
  expect(alias?.[1].toString()).toBe(namesOf(plain.workflow).get('crop')?.toString())
})

test('a module in bytes and large bytes become links to files; small bytes stay', async () => {
  const bytes = new Uint8Array(20_000)
  const { workflow: flow, blocks } = await compiled(
    document({
      t: { cmd: '/wasm/run', args: { mod: Uint8Array.of(0, 97), fun: 'f', params: [bytes, Uint8Array.of(1)] } },
    }),
  )
  const [, file] = blocks
  expect(blocks.map(({ bytes: { length } }) => length)).toEqual([2, 20_000, expect.any(Number)])
  expect(flow.tasks.t?.args.params).toEqual([file?.cid, Uint8Array.of(1)])
})

test('a cycle is refused by the names along it', async () => {
  const cyclic = document({
    a: call('f', { 'await/ok': 'c' }),
    b: call('f', { 'await/ok': 'a' }),
    c: call('f', [{ x: { 'await/*': 'b' } }]),
    d: call('f'),
  })
  expect(await compile(cyclic)).toMatchObject({
    error: { name: 'CyclicWorkflow', message: expect.stringContaining('a → c → b → a') },
  })
  expect(await compile(document({ self: call('f', { 'await/ok': 'self' }) }))).toMatchObject({
    error: { cycle: ['self', 'self'] },
  })
})

test.each<[string, Value, string]>([
  ['no workflow', { tasks: {} }, ''],
  ['an unknown field', document({ t: call('f') }, { speed: 1 }), 'speed'],
  ['an unknown field of a task', document({ t: { cmd: '/wasm/run', argz: {} } }), 'tasks.t.argz'],
  ['no tasks', document({}), 'tasks'],
  ['another version', document({ t: call('f') }, { v: '9' }), 'v'],
  ['a handler that is no function', document({ t: call('f') }, { catch: 'handle' }), 'catch'],
  ['a handler without a module', document({ t: call('f') }, { catch: { fun: 'handle' } }), 'catch.mod'],
  ['an empty module', document({ t: call('f') }, { catch: { mod: new Uint8Array(0), fun: 'handle' } }), 'catch.mod'],
  ['a handler without a name', document({ t: call('f') }, { catch: { mod, fun: 1 } }), 'catch.fun'],
  ['a handler with more to it', document({ t: call('f') }, { catch: { mod, fun: 'f', params: [] } }), 'catch.params'],
  ['a parent without a label', document({ t: call('f') }, { parent: [mod] }), 'parent'],
  ['a command that is none', document({ t: { cmd: 'wasm', args: {} } }), 'tasks.t.cmd'],
  ['a promise of a label that is not there', document({ t: call('f', { 'await/ok': 'crpo' }) }), 'tasks.t'],
  ['half of the other spelling', document({ t: { uri: 'ipfs://x', call: 'wasm/run', input: {} } }), 'tasks.t.uri'],
])('refuses %s, and says where', async (_what, draft, path) => {
  expect(await compile(draft)).toMatchObject({ error: { name: 'InvalidWorkflow', path } })
})

test('a chain of ten thousand tasks compiles; one more task is refused', async () => {
  const tasks: Record<string, Value> = {}
  for (let i = 9_999; i >= 0; i--) tasks[`t${i}`] = call('f', i === 0 ? 0 : { 'await/ok': `t${i - 1}` })
  expect(tasksInOrder((await compiled(document(tasks))).workflow)).toHaveLength(10_000)
  expect(await compile(document({ ...tasks, more: call('f') }))).toMatchObject({ error: { path: 'tasks' } })
})

test('a function is named exactly, also where its module comes along for the first time', async () => {
  const bytes = new TextEncoder().encode('a module')
  const inline = document({ t: { cmd: '/wasm/run', args: { mod: bytes, fun: 'addOne', params: [] } } })
  const linked = document({ t: call('add-one') })
  const named = good(
    await compile(inline, async (cid, _fun, brought) => ((await brought(cid)) ? 'add-one' : 'unknown')),
  )
  expect(named.document.cid.toString()).toBe((await compiled(linked)).document.cid.toString())
})

test('a handler is compiled as a task is: its module becomes a link, its function the exact name', async () => {
  const bytes = new TextEncoder().encode('a module')
  const parent: Value = [mod, 'crop']
  const draft = document({ t: call('f') }, { catch: { mod: bytes, fun: 'handleIt' }, parent, meta: { by: 'Alice' } })
  const one = good(await compile(draft, async (_mod, fun) => (fun === 'handleIt' ? 'handle-it' : fun)))
  expect(one.workflow).toMatchObject({ catch: { mod, fun: 'handle-it' }, parent, meta: { by: 'Alice' } })
  expect(one.blocks.some(({ cid }) => cid.equals(mod))).toBe(true)
  expect(decodeWorkflow(one.document.bytes)).toEqual({ ok: one.workflow })
  expect((await compiled(document({ t: call('f') }))).document.cid.equals(one.document.cid)).toBe(false)
})

test('a stored document has its handler as a link alone', () => {
  const inline = blockOf(document({ t: call('f') }, { catch: { mod: Uint8Array.of(1), fun: 'f' } }))
  expect(decodeWorkflow(inline.bytes)).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'catch.mod' } })
})
