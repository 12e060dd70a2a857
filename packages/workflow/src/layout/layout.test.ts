import { nameOf, type Value } from '@ipvm/ipld'
import { isCommand } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { defaultConfig, layOut, type Layout, type PlacedTask } from '../index.ts'
import { call, commands, doing, flow, good, traitsOf } from './commands.test-fixture.ts'

async function placed(tasks: Readonly<Record<string, Value>>, fields = {}): Promise<Layout> {
  return good(layOut(await flow(tasks, fields), traitsOf))
}

async function refusal(tasks: Readonly<Record<string, Value>>, fields = {}) {
  const laid = layOut(await flow(tasks, fields), traitsOf, Object.keys(commands).filter(isCommand))
  return 'error' in laid ? laid.error : undefined
}

function byLabel({ tasks }: Layout, label: string): PlacedTask {
  const task = tasks.find(placed => placed.label === label)
  if (!task) throw new Error(`${label} is in the layout`)
  return task
}

const ok = (label: string) => ({ 'await/ok': label })

test('a task has its class, and its place after all that it awaits', async () => {
  const foreign = nameOf('a task of another workflow')
  const layout = await placed({
    page: doing('/http/get', 'https://example.org'),
    text: call('text', [ok('page'), ok('page'), { 'await/ok': foreign }]),
    save: doing('/kv/put', ok('text')),
    check: call('check', [ok('save')]),
    mail: doing('/msg/send', ok('check')),
  })
  expect(layout.tasks.map(({ label, class: of, awaits }) => [label, of, awaits])).toEqual([
    ['page', 'query', []],
    ['text', 'pure', [0]],
    ['save', 'mutation', [1]],
    ['check', 'pure', [2]],
    ['mail', 'mutation', [3]],
  ])
  expect(layout.tasks.map(task => task.afterMutation)).toEqual([false, false, false, true, true])
  expect(layout.tasks.map(task => task.idempotent)).toEqual([true, true, true, true, false])
  expect(layout.tasks.map(task => task.foreign.map(String))).toEqual([[], [foreign.toString()], [], [], []])
})

test('a failure is handled where a task awaits it that runs by itself', async () => {
  const layout = await placed({
    a: call('a'),
    b: call('b'),
    c: call('c'),
    d: call('d'),
    onError: call('on-error', [{ 'await/error': 'a' }]),
    either: call('either', [[{ deep: { 'await/*': 'b' } }], ok('d')]),
    spare: call('spare', [{ 'await/error': 'c' }], { 'ipvm/standby': true }),
  })
  expect(layout.tasks.filter(({ handled }) => handled).map(({ label }) => label)).toEqual(['a', 'b'])
})

test('what undoes stands by, and so does what is called upon', async () => {
  const layout = await placed({
    pay: doing('/msg/send', 'pay', { 'ipvm/compensate': 'refund' }),
    refund: doing('/msg/send', ok('pay')),
    spare: call('spare', [], { 'ipvm/standby': true }),
    other: call('other', [], { 'ipvm/standby': false }),
  })
  const at = (label: string) => layout.tasks.indexOf(byLabel(layout, label))
  expect(layout.tasks.filter(({ standby }) => standby).map(({ label }) => label)).toEqual(['spare', 'refund'])
  expect(layout.tasks.map(({ compensate }) => compensate).filter(c => c !== undefined)).toEqual([at('refund')])
  expect(byLabel(layout, 'pay').compensate).toBe(at('refund'))
})

test('the nearer config wins, and none of it is in a name', async () => {
  const tasks = { a: call('a'), b: call('b', [], { 'ipvm/config': { time: [1, 'seconds'], retry: { max: 1 } } }) }
  const layout = await placed(tasks, {
    config: { time: [3, 'seconds'], memory: [1, 'mebi', 'bytes'], retry: { factor: 3 } },
    defaults: { time: [2, 'seconds'] },
  })
  const memory = 2 ** 20
  const retry = { ...defaultConfig.retry, factor: 3 }
  expect(byLabel(layout, 'a').config).toEqual({ ...defaultConfig, time: 2000, memory, retry })
  expect(byLabel(layout, 'b').config).toEqual({ ...defaultConfig, time: 1000, memory, retry: { ...retry, max: 1 } })
  const plain = await placed({ a: call('a'), b: call('b') })
  expect(layout.tasks.map(({ name }) => name.toString())).toEqual(plain.tasks.map(({ name }) => name.toString()))
})

test('a secret taints what awaits it, the error of it included', async () => {
  const secret = { 'ipvm/config': { secret: true } }
  const layout = await placed({
    key: doing('/http/get', 'key', secret),
    plain: call('plain'),
    derived: call('derive', [ok('key'), ok('plain')]),
    problem: call('problem', [{ 'await/error': 'derived' }]),
    ask: doing('/http/get', ok('problem')),
  })
  expect(layout.tasks.filter(task => !task.secret).map(({ label }) => label)).toEqual(['plain'])
})

test('a secret goes into no effect that does not take it', async () => {
  const secret = { 'ipvm/config': { secret: true } }
  const tasks = { key: call('key', [], secret), digest: call('digest', [ok('key')]) }
  expect(await refusal({ ...tasks, look: doing('/dns/resolve', ok('digest')) })).toEqual({
    name: 'SecretLeak',
    message: expect.stringContaining('tasks.look: a value of the secret "digest" would go into /dns/resolve'),
    path: 'tasks.look',
  })
  expect(await refusal({ ...tasks, look: doing('/http/get', ok('digest')) })).toBeUndefined()
})

test('labels of one pure task are one task: a promise means the first, and what holds of one holds of all', async () => {
  const tasks = {
    twin: call('same', [], { 'ipvm/config': { secret: true } }),
    first: call('same', [], { 'ipvm/standby': true }),
    after: call('after', [ok('first')]),
    handler: call('handler', [{ 'await/*': 'first' }]),
  }
  const layout = await placed(tasks)
  expect(byLabel(layout, 'after').awaits).toEqual([layout.tasks.indexOf(byLabel(layout, 'twin'))])
  for (const label of ['first', 'twin'])
    expect(byLabel(layout, label)).toMatchObject({ standby: false, handled: true, secret: true })
})

test('mutations of one name are one each, so a promise of it is refused', async () => {
  const put = doing('/kv/put', 1)
  const tasks = { one: put, two: doing('/kv/put', 2), three: put }
  expect((await placed(tasks)).tasks).toHaveLength(3)
  expect(await refusal({ ...tasks, after: call('after', [ok('three')]) })).toMatchObject({
    name: 'InvalidWorkflow',
    path: 'tasks.after',
    message: expect.stringContaining('"one" and "three"'),
  })
  const named = { ...put, nonce: Uint8Array.of(1) }
  expect((await placed({ ...tasks, three: named, after: call('after', [ok('three')]) })).tasks).toHaveLength(4)
})

const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const send = (meta: Record<string, Value>) => doing('/msg/send', 1, meta)

test.each<[string, Record<string, Value>, string, string]>([
  ['a command that is not there', { t: doing('/coffee/make', 1) }, 'tasks.t', 'it has /wasm/run, /http/get'],
  ['a pure task of somebody', { t: { ...call('f'), sub: did } }, 'tasks.t.sub', 'belongs to nobody'],
  ['a pure task with a nonce', { t: { ...call('f'), nonce: Uint8Array.of(1) } }, 'tasks.t.nonce', 'leave it out'],
  [
    'a compensation of what changes nothing',
    { t: call('f', [], { 'ipvm/compensate': 'u' }), u: send({}) },
    'tasks.t.meta.ipvm/compensate',
    'nothing to undo',
  ],
  [
    'a compensation that is not there',
    { t: send({ 'ipvm/compensate': 'u' }) },
    'tasks.t.meta.ipvm/compensate',
    'no label',
  ],
  [
    'a compensation that is no label',
    { t: send({ 'ipvm/compensate': 7 }) },
    'tasks.t.meta.ipvm/compensate',
    'the label',
  ],
  [
    'a compensation that changes nothing',
    { t: send({ 'ipvm/compensate': 'u' }), u: call('f') },
    'tasks.t.meta.ipvm/compensate',
    'cannot undo',
  ],
  ['one that undoes itself', { t: send({ 'ipvm/compensate': 't' }) }, 'tasks.t.meta.ipvm/compensate', 'is not undone'],
  [
    'one that is undone',
    { t: send({ 'ipvm/compensate': 'u' }), u: send({ 'ipvm/compensate': 'w' }), w: doing('/kv/put', 1) },
    'tasks.t.meta.ipvm/compensate',
    'is not undone',
  ],
  ['a standby that is neither', { t: send({ 'ipvm/standby': 'yes' }) }, 'tasks.t.meta.ipvm/standby', 'true or false'],
  ['a misspelled key', { t: send({ 'ipvm/stand-by': true }) }, 'tasks.t.meta.ipvm/stand-by', 'ipvm/standby'],
  [
    'a task that awaits one on standby',
    { s: call('f', [], { 'ipvm/standby': true }), t: call('g', [{ 'await/ok': 's' }]) },
    'tasks.t',
    'awaits "s"',
  ],
  [
    'a config without a unit',
    { t: call('f', [], { 'ipvm/config': { time: 5 } }) },
    'tasks.t.meta.ipvm/config.time',
    '[45, "seconds"]',
  ],
])('refuses %s, and says where', async (_what, tasks, path, message) => {
  expect(await refusal(tasks)).toMatchObject({ path, message: expect.stringContaining(message) })
})

test.each(['config', 'defaults'])("what is wrong in a workflow's %s has its path", async field => {
  expect(await refusal({ t: call('f') }, { [field]: { gas: 5 } })).toMatchObject({ path: `${field}.gas` })
})
