import { compile, defaultConfig, resourceLimits, workflow, type TaskHandle } from '@ipvm/workflow'
import { delegate, invoke, readReceipt, revoke, type Outcome } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob, TestWorld } from '@ipvm/testing'
import { rawBlock, type CID, type Result, type Value } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { Runtime, type Execution, type PureCommand, type RunEvent } from './index.ts'

/** Bob's node, with arithmetic for commands; `ran` lists what really ran. */
function bobsNode(store = openMemoryStore()) {
  const world = new TestWorld()
  const ran: string[] = []
  const command = (name: string, run: (args: { readonly [key: string]: Value }) => Execution): PureCommand => ({
    profile: 'test/1',
    parallel: 2,
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
    '/test/luck': command('luck', () =>
      ran.filter(name => name === 'luck').length > 1
        ? done({ ok: 'good' })
        : done({ error: { name: 'TimeLimit', message: 'too slow' } }, false),
    ),
    '/test/nest': command('nest', ({ depth }) => done({ ok: nested(Number(depth)) })),
    '/test/chat': command('chat', ({ log, size = 0 }) => {
      const report = { gas: 1234, memory: 65_536, output: 8, time: 2.5, log: String(log) }
      return { ...done({ ok: new Uint8Array(Number(size)) }), report }
    }),
    '/test/trap': command('trap', () => {
      const stack = Array.from({ length: 100 }, (_, i) => `${i} ${'f'.repeat(300)}`)
      const report = { gas: 1, memory: 0, output: 0, time: 1, log: '', stack }
      return { ...done({ error: { name: 'Trap', message: 'the guest trapped' } }), report }
    }),
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

function nested(depth: number): Value {
  let value: Value = 0
  for (let i = 0; i < depth; i++) value = [value]
  return value
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

test('a promise of a task of another workflow is settled by its receipt; of one that never ran, it fails by name', async () => {
  const { run } = bobsNode()
  const first = await run(sums('first', 20, 22))
  const known = first.tasks.get('step1')?.task
  const awaiting = (target: Value) =>
    workflow(
      'later',
      ({ task }) => void task('next', { cmd: '/test/add', args: { a: { 'await/ok': target }, b: 1 } }),
      {
        config: { wait: [20, 'milliseconds'] },
      },
    )
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
  const draft = workflow('fast', ({ task }) => void task('x', { cmd: '/test/add', args: { a: 1, b: 1 } }), {
    config: { speed: 5 },
  })
  expect((await submit(draft)).result).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'config.speed' } })
  expect(ran).toEqual([])
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

test('the order of tasks in a document does not change its name', async () => {
  const b = { cmd: '/test/add', args: { a: 1, b: 2 } }
  const a = { cmd: '/test/add', args: { a: { 'await/ok': 'b' }, b: 2 } }
  const one = good(await compile({ 'ipvm/workflow@1': { tasks: { a, b } } }))
  const two = good(await compile({ 'ipvm/workflow@1': { tasks: { b, a } } }))
  expect(one.document.cid.toString()).toBe(two.document.cid.toString())
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

test('the same invocation twice at once runs once, and another run beside it goes on', async () => {
  const { runtime, store, submit } = bobsNode()
  const { document } = good(await compile(sums('twin', 7, 8)))
  await store.commit({ blocks: [document] })
  const args = { workflow: document.cid }
  const twin = await invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce: randomBytes(12), exp: null }, bob)
  const [one, two, other] = await Promise.all([runtime.submit(twin), runtime.submit(twin), submit(sums('other', 9))])
  expect([one, two]).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ name: 'Replayed' }) }))
  expect([one, two]).toContainEqual(expect.objectContaining({ ok: expect.objectContaining({ end: 'ok' }) }))
  expect(other.result).toMatchObject({ ok: { end: 'ok' } })
})

test('where the journal cannot be written, the run stops and tells of nothing', async () => {
  const store = openMemoryStore()
  const fault = Object.assign(new Error('no disk space left'), { name: 'StoreFull' })
  const commit = async (change: Parameters<typeof store.commit>[0]) => {
    if (change.runStarted) throw fault
    await store.commit(change)
  }
  const { runtime, ran } = bobsNode({ ...store, commit })
  const { document } = good(await compile(sums('unlucky', ...Array.from({ length: 50 }, (_, i) => i))))
  await store.commit({ blocks: [document] })
  const args = { workflow: document.cid }
  const invocation = await invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce: randomBytes(12), exp: null }, bob)
  const events: RunEvent[] = []
  await expect(runtime.submit(invocation, { onEvent: event => events.push(event) })).rejects.toThrow('no disk space')
  expect(events).toEqual([])
  expect(ran.length).toBeLessThan(5)
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

test('tasks wait in line, and time spent waiting is not counted as theirs', async () => {
  const { run } = bobsNode()
  const many = workflow('many', ({ task }) => {
    for (let i = 0; i < 20; i++) task(`t${i}`, { cmd: '/test/add', args: { a: i, b: i } })
  })
  expect((await run(many)).end).toBe('ok')
})

test('a label and an argument named __proto__ are like any other', async () => {
  const { run } = bobsNode()
  const ended = await run(
    workflow('proto', ({ task }) => {
      const odd = task('__proto__', { cmd: '/test/add', args: { a: 1, b: 2 } })
      task('next', {
        cmd: '/test/echo',
        args: Object.fromEntries([
          ['__proto__', { x: 1 }],
          ['value', odd],
        ]),
      })
    }),
  )
  expect(ended.tasks.get('__proto__')?.receipt.out).toEqual({ ok: 3 })
  expect(ended.tasks.get('next')?.receipt.out).toEqual({ ok: 3 })
})

test('a promise may name a task by another spelling of it; a task of another agent is refused', async () => {
  const { store, run, submit } = bobsNode()
  const first = await run(sums('plain', 40, 2))
  const alias = first.workflow
  const name = first.tasks.get('step1')?.task
  if (!name) throw new Error('the task has a name')
  await store.commit({ aliases: [[alias, name]] })
  const promised = { a: { 'await/ok': alias }, b: 1 }
  const ended = await run(workflow('by alias', ({ task }) => void task('next', { cmd: '/test/add', args: promised })))
  expect(ended.tasks.get('next')?.receipt.out).toEqual({ ok: 43 })
  const hers = workflow('hers', ({ task }) => void task('x', { cmd: '/test/add', args: {}, sub: alice.did }))
  expect((await submit(hers)).result).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'tasks.x.sub' } })
})

test('Alice may have done what Bob gave her, on his terms, until he takes it back', async () => {
  const { store, runtime, ran } = bobsNode()
  const give = (cmd: `/${string}`, pol: Value[] = []) =>
    delegate({ aud: alice.did, sub: bob.did, cmd, pol, nonce: randomBytes(12), exp: null }, bob)
  const toRun = await give('/workflow/run')
  const small = await give('/test/add', [['<', '.b', 10]])
  await store.commit({ blocks: [toRun.envelope, small.envelope] })
  const asks = async (draft: Value) => {
    const { document } = good(await compile(draft))
    await store.commit({ blocks: [document] })
    const args = { workflow: document.cid }
    const prf = [toRun.envelope.cid]
    const fields = { sub: bob.did, cmd: '/workflow/run', args, prf, nonce: randomBytes(12), exp: null } as const
    return runtime.submit(await invoke(fields, alice), { delegations: [small] })
  }
  expect(await asks(sums('hers', 1, 2))).toMatchObject({ ok: { end: 'ok' } })
  expect(await asks(sums('too large', 1, 20))).toMatchObject({
    error: {
      name: 'MatchError',
      message: expect.stringContaining('tasks.step1'),
      statement: expect.stringContaining('.b'),
    },
  })
  const fails = workflow('not given', ({ task }) => void task('x', { cmd: '/test/fail', args: {} }))
  expect(await asks(fails)).toMatchObject({ error: { name: 'InvalidClaim' } })
  // What the promise gives is known only later; so is that it is too large.
  const done = ran.length
  const later = await asks(
    workflow('later', ({ task }) => {
      const sum = task('sum', { cmd: '/test/add', args: { a: 6, b: 6 } })
      task('next', { cmd: '/test/add', args: { a: 1, b: sum } })
    }),
  )
  expect(later).toMatchObject({ ok: { end: 'failed' } })
  const next = 'ok' in later ? later.ok.tasks.get('next')?.receipt : undefined
  expect(next?.out).toMatchObject({ error: { name: 'MatchError' } })
  expect(ran.length - done).toBe(1)
  await store.commit({ revocations: [await revoke(small, bob)] })
  expect(await asks(sums('hers', 3))).toMatchObject({ error: { name: 'Revoked' } })
})

test('who may have a task done may not thereby run workflows, nor read what others had done', async () => {
  const { store, runtime, run } = bobsNode()
  const give = (cmd: `/${string}`) =>
    delegate({ aud: alice.did, sub: bob.did, cmd, nonce: randomBytes(12), exp: null }, bob)
  const [echo, toRun, toRead] = [await give('/test/echo'), await give('/workflow/run'), await give('/receipt/read')]
  const secret = (await run(sums('secret', 40, 2))).tasks.get('step1')?.task ?? null
  const peek = workflow(
    'peek',
    ({ task }) => void task('x', { cmd: '/test/echo', args: { value: { 'await/ok': secret } } }),
    { config: { wait: [20, 'milliseconds'] } },
  )
  const { document } = good(await compile(peek))
  await store.commit({ blocks: [document, toRun.envelope] })
  const asks = async (sub: typeof bob.did, prf: CID[], delegations = [echo]) => {
    const args = { workflow: document.cid }
    const fields = { sub, aud: bob.did, cmd: '/workflow/run', args, prf, nonce: randomBytes(12), exp: null } as const
    return runtime.submit(await invoke(fields, alice), { delegations })
  }
  expect(await asks(alice.did, [])).toMatchObject({ error: { name: 'InvalidSubject' } })
  const blind = good(await asks(bob.did, [toRun.envelope.cid]))
  expect(blind.tasks.get('x')?.receipt.out).toMatchObject({ error: { name: 'UnknownTask' } })
  const allowed = good(await asks(bob.did, [toRun.envelope.cid], [echo, toRead]))
  expect(allowed.tasks.get('x')?.receipt.out).toEqual({ ok: 42 })
})

test('a delegation that was taken back does not stand in the way of another', async () => {
  const { store, runtime } = bobsNode()
  const give = () => delegate({ aud: alice.did, sub: bob.did, cmd: '/', nonce: randomBytes(12), exp: null }, bob)
  const [old, fresh] = [await give(), await give()]
  const { document } = good(await compile(sums('hers', 1)))
  await store.commit({ blocks: [document, fresh.envelope], revocations: [await revoke(old, bob)] })
  for (const delegations of [
    [old, fresh],
    [fresh, old],
  ]) {
    const fields = { sub: bob.did, cmd: '/workflow/run', args: { workflow: document.cid }, exp: null } as const
    const asked = await invoke({ ...fields, prf: [fresh.envelope.cid], nonce: randomBytes(12) }, alice)
    expect(await runtime.submit(asked, { delegations })).toMatchObject({ ok: { end: 'ok' } })
  }
})
