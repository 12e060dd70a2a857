import { compile, workflow, type TaskHandle } from '@ipvm/workflow'
import { invoke, readReceipt, type Outcome } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob, TestWorld } from '@ipvm/testing'
import type { CID, Result, Value } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { Runtime, type Execution, type PureCommand, type RunEvent } from './index.ts'

/** Bob's node, with arithmetic for commands; `ran` lists what really ran. */
function bobsNode(store = openMemoryStore()) {
  const world = new TestWorld()
  const ran: string[] = []
  const command = (name: string, run: (args: { readonly [key: string]: Value }) => Execution): PureCommand => ({
    profile: 'test/1',
    run: async (args, { signal }) => {
      ran.push(name)
      await new Promise(resolve => setImmediate(resolve))
      signal.throwIfAborted()
      return run(args)
    },
  })
  const done = (out: Outcome, permanent = true): Execution => ({ out, permanent })
  const commands = {
    '/test/add': command('add', ({ a, b }) => done({ ok: Number(a) + Number(b) })),
    '/test/fail': command('fail', () => done({ error: { name: 'Trap', message: 'the guest trapped' } })),
    '/test/slow': command('slow', () => done({ error: { name: 'TimeLimit', message: 'too slow' } }, false)),
    '/test/fill': command('fill', ({ size }) => done({ ok: new Uint8Array(Number(size)).fill(7) })),
    '/test/words': command('words', ({ count }) => done({ ok: Array.from({ length: Number(count) }, () => 'word') })),
    '/test/length': command('length', ({ of }) => done({ ok: Array.isArray(of) ? of.length : -1 })),
    '/test/echo': command('echo', ({ value }) => done({ ok: value ?? null })),
  } as const
  const runtime = new Runtime({ store, world, commands, signer: bob })
  const submit = async (draft: Value, by = bob, signal?: AbortSignal) => {
    const compiled = good(await compile(draft))
    await store.commit({ blocks: [compiled.document, ...compiled.blocks] })
    const args = { workflow: compiled.document.cid }
    const nonce = randomBytes(12)
    const invocation = await invoke({ sub: by.did, cmd: '/workflow/run', args, nonce, exp: null }, by)
    const events: RunEvent[] = []
    const result = await runtime.submit(invocation, { onEvent: event => events.push(event), ...(signal && { signal }) })
    return { result, events, invocation }
  }
  const run = async (draft: Value) => good((await submit(draft)).result)
  return { store, world, runtime, ran, submit, run }
}

function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

const sums = (name: string, ...steps: number[]) =>
  workflow(name, ({ task }) => {
    let before: TaskHandle | number = 0
    steps.forEach((step, i) => {
      before = task(`step${i}`, { cmd: '/test/add', args: { a: before, b: step } })
    })
  })

test('a chain of promises gives the value of its last task', async () => {
  const { run } = bobsNode()
  const ended = await run(sums('sum', 1, 2, 3))
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('step2')?.receipt.out).toEqual({ ok: 6 })
})

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

test('a failure fails what awaits its ok, and nothing else', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('partial', ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('after', { cmd: '/test/add', args: { a: broken, b: 1 } })
      task('apart', { cmd: '/test/add', args: { a: 1, b: 1 } })
    }),
  )
  expect(ended.end).toBe('failed')
  expect(ended.tasks.get('broken')?.how).toBe('failed')
  expect(ended.tasks.get('after')?.how).toBe('skipped')
  expect(ended.tasks.get('after')?.receipt.out).toMatchObject({
    error: { name: 'BranchMismatch', expected: 'ok', got: 'error', from: ended.tasks.get('broken')?.receipt.cid },
  })
  expect(ended.tasks.get('apart')?.how).toBe('ran')
})

test('a failure that a task awaits is handled, and the branch not taken is skipped', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('handled', ({ task }) => {
      const broken = task('broken', { cmd: '/test/fail', args: {} })
      task('handler', { cmd: '/test/echo', args: { value: broken.error } })
      task('either', { cmd: '/test/echo', args: { value: [broken.settled] } })
      const fine = task('fine', { cmd: '/test/add', args: { a: 1, b: 1 } })
      task('unneeded', { cmd: '/test/echo', args: { value: fine.error } })
    }),
  )
  expect(ended.end).toBe('ok')
  expect(ended.tasks.get('handler')?.receipt.out).toMatchObject({ ok: { name: 'Trap' } })
  expect(ended.tasks.get('either')?.receipt.out).toMatchObject({ ok: [{ error: { name: 'Trap' } }] })
  expect(ended.tasks.get('unneeded')?.how).toBe('skipped')
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

test('a stranger is refused, and so is the same invocation a second time', async () => {
  const { submit, runtime } = bobsNode()
  const refused = await submit(sums('hers', 1), alice)
  expect(refused.result).toMatchObject({ error: { name: 'InvalidAudience' } })
  const { invocation } = await submit(sums('his', 1))
  expect(await runtime.submit(invocation)).toMatchObject({ error: { name: 'Replayed' } })
})

test('a stored receipt that was tampered with is passed over, and its task runs again', async () => {
  const { run, store, ran } = bobsNode()
  const ended = await run(sums('honest', 1))
  const receipt = ended.tasks.get('step0')?.receipt
  if (!receipt) throw new Error('the task has a receipt')
  const forged = receipt.bytes.slice()
  forged[10] = (forged[10] ?? 0) ^ 1
  await store.commit({ blocks: [{ cid: receipt.cid, bytes: forged }] })
  expect(await readReceipt(forged)).toHaveProperty('error')
  expect(ran).toHaveLength(1)
  const restarted = bobsNode(store)
  await restarted.run(sums('honest', 1))
  expect(restarted.ran).toHaveLength(1)
})

test('a promise of a task of another workflow is settled by its receipt; of one that never ran, it fails by name', async () => {
  const { run } = bobsNode()
  const first = await run(sums('first', 20, 22))
  const known = first.tasks.get('step1')?.task
  const awaiting = (target: Value) =>
    workflow('later', ({ task }) => void task('next', { cmd: '/test/add', args: { a: { 'await/ok': target }, b: 1 } }))
  const later = await run(awaiting(known ?? null))
  expect(later.tasks.get('next')?.receipt.out).toEqual({ ok: 43 })
  const unknown = await run(awaiting(first.workflow))
  expect(unknown.tasks.get('next')?.receipt.out).toMatchObject({ error: { name: 'UnknownTask' } })
})

test('cancelling ends the run, keeps what was done, and running it again goes on from there', async () => {
  const { submit, run, ran } = bobsNode()
  const stop = new AbortController()
  const draft = sums('long', 1, 2, 3, 4)
  const pending = submit(draft, bob, stop.signal)
  while (ran.length < 2) await new Promise(resolve => setImmediate(resolve))
  stop.abort()
  expect(await pending).toMatchObject({ result: { ok: { end: 'cancelled' } } })
  const done = ran.length
  const again = await run(draft)
  expect(again.end).toBe('ok')
  expect(ran.length - done).toBeLessThan(4)
})

test('a limit that is not enforced is refused before anything runs', async () => {
  const { submit, ran } = bobsNode()
  const draft = workflow('gas', ({ task }) => void task('x', { cmd: '/test/add', args: { a: 1, b: 1 } }), {
    config: { gas: 5 },
  })
  expect((await submit(draft)).result).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'config.gas' } })
  expect(ran).toEqual([])
})

test('the order of tasks in a document does not change its name', async () => {
  const b = { cmd: '/test/add', args: { a: 1, b: 2 } }
  const a = { cmd: '/test/add', args: { a: { 'await/ok': 'b' }, b: 2 } }
  const one = good(await compile({ 'ipvm/workflow@1': { tasks: { a, b } } }))
  const two = good(await compile({ 'ipvm/workflow@1': { tasks: { b, a } } }))
  expect(one.document.cid.toString()).toBe(two.document.cid.toString())
})
