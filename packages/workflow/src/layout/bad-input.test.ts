import { blockOf, limits as ipldLimits, nameOf, type Value, type ValueMap } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile, decodeWorkflow, layOut, limits, type Layout } from '../index.ts'
import { call, doing, draft, flow, good, traitsOf } from './commands.test-fixture.ts'

const ok = (label: string) => ({ 'await/ok': label })

async function laid(tasks: Readonly<Record<string, Value>>, fields: ValueMap = {}): Promise<Layout> {
  return good(layOut(await flow(tasks, fields), traitsOf))
}

/** Each place is after those that it awaits. */
function isInOrder({ tasks }: Layout): boolean {
  return tasks.every(({ awaits }, at) => awaits.every(target => target < at))
}

function many(count: number, task: (i: number) => Value): Record<string, Value> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, task(i)]))
}

test('a chain of ten thousand tasks', async () => {
  const chain = await laid(
    many(limits.tasksMax, i => (i === 9_999 ? doing('/kv/put', 0) : call('f', [ok(`t${i + 1}`)]))),
  )
  expect(isInOrder(chain)).toBe(true)
  expect(chain.tasks.filter(({ afterMutation }) => afterMutation)).toHaveLength(9_999)
})

test('a fan of a thousand, out and in again, three times', async () => {
  const layers = many(3000, i => call('f', [i, i < 1000 ? 0 : ok(`m${Math.floor(i / 1000) - 1}`)]))
  const merges = Object.fromEntries(
    [0, 1, 2].map(layer => [
      `m${layer}`,
      call('merge', [Array.from({ length: 1000 }, (_, i) => ok(`t${layer * 1000 + i}`))]),
    ]),
  )
  const fan = await laid({ ...merges, ...layers })
  expect(isInOrder(fan)).toBe(true)
  expect(fan.tasks.filter(({ awaits }) => awaits.length === 1000)).toHaveLength(3)
})

test('ten thousand labels of one task, of which one is secret', async () => {
  const same = many(9_999, () => call('f'))
  const layout = await laid({ ...same, last: call('f', [], { 'ipvm/config': { secret: true } }) })
  expect(layout.tasks.every(({ secret }) => secret)).toBe(true)
})

test('a task more than there may be', async () => {
  const tasks = many(limits.tasksMax + 1, i => call('f', [i]))
  const refused = {
    error: { name: 'InvalidWorkflow', path: 'tasks', message: expect.stringContaining('at most 10000') },
  }
  expect(await compile(draft(tasks))).toMatchObject(refused)
  expect(decodeWorkflow(blockOf(draft(many(limits.tasksMax + 1, () => 1))).bytes)).toMatchObject(refused)
})

test('a promise of a task that nobody defines is a legal one: it may be of another workflow', async () => {
  const dead = nameOf('nobody does this')
  const { tasks } = await laid({ t: call('f', [{ 'await/ok': dead }, { 'await/error': dead }]) })
  expect(tasks[0]?.foreign.map(String)).toEqual([dead.toString()])
  expect(tasks[0]?.awaits).toEqual([])
})

test.each([
  '__proto__',
  'constructor',
  'toString',
  '\u0000\u001b[2J',
  'a\nb',
  '0',
  '12',
  'ß🙂',
  'a'.repeat(256),
  'await/ok',
  ' ',
])('the label %j is one like any other', async label => {
  const tasks: Record<string, Value> = Object.fromEntries([
    [label, call('f')],
    ['next', call('g', [ok(label)])],
  ])
  const { workflow, document } = good(await compile(draft(tasks)))
  const layout = good(layOut(workflow, traitsOf))
  expect(layout.tasks.map(task => task.label)).toEqual([label, 'next'])
  expect(layout.tasks[1]?.awaits).toEqual([0])
  expect(layOut(good(decodeWorkflow(document.bytes)), traitsOf)).toEqual({ ok: layout })
})

test.each([
  ['', 'no label'],
  ['a'.repeat(257), 'a long one'],
  ['\ud800', 'no text'],
])('%j is %s', async label => {
  const tasks: Record<string, Value> = Object.fromEntries([[label, call('f')]])
  expect(await compile(draft(tasks))).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'tasks' } })
})

test('keys of a prototype are no fields, in any map', async () => {
  const evil: Value = JSON.parse('{"__proto__": {"secret": true}, "constructor": 1}')
  for (const fields of [{ config: evil }, { defaults: evil }])
    expect(layOut(await flow({ t: call('f') }, fields), traitsOf)).toMatchObject({ error: { name: 'InvalidWorkflow' } })
  const { tasks } = await laid({ t: call('f', [], { note: evil }) }, { meta: { evil } })
  expect(tasks[0]?.secret).toBe(false)
})

test('a meta that no block holds is refused when it is compiled', async () => {
  const meta = { note: 'x'.repeat(ipldLimits.blockBytesMax) }
  for (const large of [draft({ t: call('f', [], meta) }), draft({ t: call('f') }, { meta })])
    expect(await compile(large)).toMatchObject({ error: { name: 'InvalidWorkflow', path: '' } })
})

test('a task that no block holds is refused by its label', async () => {
  const args = { list: Array.from({ length: 300_000 }, () => 'fifteen letters') }
  expect(await compile(draft({ small: call('f'), t: { cmd: '/kv/put', args } }))).toMatchObject({
    error: { name: 'InvalidWorkflow', path: 'tasks.t' },
  })
})

test('a meta that nests deeper than the format is refused when it is compiled', async () => {
  let deep: Value = 0
  for (let i = 0; i < 10_000; i++) deep = [deep]
  for (const fields of [{ meta: { deep } }, { config: { deep } }])
    expect(await compile(draft({ t: call('f') }, fields))).toMatchObject({ error: { name: 'InvalidWorkflow' } })
  expect(await compile(draft({ t: call('f', [], { deep }) }))).toMatchObject({ error: { name: 'InvalidWorkflow' } })
  expect(await compile(draft({ t: call('f', [deep]) }))).toMatchObject({ error: { name: 'InvalidWorkflow' } })
})

test('large metas that a block holds are kept as they are', async () => {
  const meta = { note: 'x'.repeat(1_000_000), list: Array.from({ length: 50_000 }, (_, i) => i) }
  const { tasks } = await laid({ t: call('f', [], meta) })
  expect(tasks[0]?.task.meta).toEqual(meta)
})

/** A graph of up to 30 tasks, in which each awaits some of those before it. */
const anyTasks = fc
  .array(
    fc.record({
      kind: fc.constantFrom('/wasm/run', '/http/get', '/kv/put', '/msg/send'),
      about: fc.integer({ min: 0, max: 3 }),
      awaits: fc.uniqueArray(fc.nat(), { maxLength: 3 }),
      branch: fc.constantFrom('await/ok', 'await/error', 'await/*'),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map(shapes =>
    shapes.map(({ kind, about, awaits, branch }, i): readonly [string, ValueMap] => {
      const promises = i === 0 ? [] : awaits.map(target => ({ [branch]: `t${target % i}` }))
      const task = kind === '/wasm/run' ? call('f', [about, ...promises]) : doing(kind, [about, ...promises])
      return [`t${i}`, task]
    }),
  )

const shuffled = anyTasks.chain(tasks =>
  fc.tuple(fc.constant(tasks), fc.shuffledSubarray(tasks, { minLength: tasks.length, maxLength: tasks.length })),
)

test('the order in which tasks are written never changes a layout', async () => {
  await fc.assert(
    fc.asyncProperty(shuffled, async ([tasks, other]) => {
      const [one, two] = [await flow(Object.fromEntries(tasks)), await flow(Object.fromEntries(other))]
      const [first, second] = [layOut(one, traitsOf), layOut(two, traitsOf)]
      expect(second).toEqual(first)
      if ('ok' in first) expect(isInOrder(first.ok)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

const anyMeta = fc.record(
  {
    'ipvm/config': fc.record(
      {
        time: fc.constantFrom([1, 'seconds'], [2, 'hours']),
        priority: fc.integer({ min: 0, max: 9 }),
        secret: fc.boolean(),
        retry: fc.constantFrom({ max: 1 }, { factor: 3 }),
        reuse: fc.constant([1, 'hours']),
      },
      { requiredKeys: [] },
    ),
    note: fc.string({ unit: 'grapheme' }),
  },
  { requiredKeys: [] },
)

test('what a task may use, and what is noted of it, never changes a name', async () => {
  await fc.assert(
    fc.asyncProperty(anyTasks, fc.array(anyMeta, { minLength: 30, maxLength: 30 }), async (tasks, metas) => {
      const noted = tasks.map(([label, task], i): [string, Value] => [label, { ...task, meta: { ...metas[i] } }])
      const [bare, other] = [await flow(Object.fromEntries(tasks)), await flow(Object.fromEntries(noted))]
      const plain = layOut(bare, traitsOf)
      const configured = layOut(other, traitsOf)
      const names = ({ ok: layout }: { readonly ok: Layout }) => layout.tasks.map(({ name }) => name.toString())
      if ('ok' in plain && 'ok' in configured) expect(names(configured)).toEqual(names(plain))
      else expect('error' in configured && configured.error.name).toMatch(/SecretLeak|InvalidWorkflow/)
    }),
    { numRuns: 200 },
  )
})
