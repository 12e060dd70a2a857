import { compile, workflow, type TaskHandle } from '@ipvm/workflow'
import { invoke, type Outcome } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import { bob, TestWorld } from '@ipvm/testing'
import type { Value } from '@ipvm/ipld'
import { randomBytes } from 'node:crypto'
import { good } from './node.test-fixture.ts'
import { Runtime, type Execution, type PureCommand, type RunEvent } from './index.ts'

/** Bob's node, with arithmetic for commands; `ran` lists what really ran. */
export function bobsNode(store = openMemoryStore()) {
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

/** Adds one number after the other. */
export const sums = (name: string, ...steps: number[]) =>
  workflow(name, ({ task }) => {
    let before: TaskHandle | number = 0
    steps.forEach((step, i) => {
      before = task(`step${i}`, { cmd: '/test/add', args: { a: before, b: step } })
    })
  })
