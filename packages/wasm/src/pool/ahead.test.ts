import { Worker } from 'node:worker_threads'
import { cidOf, codec, ok } from '@ipvm/ipld'
import { afterEach, expect, test } from 'vitest'
import { noFiles, quotas, seed } from '../guests.test-fixture.ts'
import type { RunOutcome, RunRequest } from '../sandbox/run.ts'
import type { WorkerRequest } from './message.ts'
import { createPool, type WasmPool } from './pool.ts'

/**
 * A core module by hand: `(func (export "stay") (param i32) (result i32))` stays in its loop for 0, and gives 0 at once
 * for any other number. Nobody can tell beforehand.
 */
const bytes = Buffer.from(
  '0061736d0100000001060160017f017f03020100' + '070801047374617900000a0e010c000340200045' + '0d000b41000b',
  'hex',
)
const module = { cid: cidOf(codec.raw, bytes), bytes: async () => ok(bytes) }
const slow = 0
const quick = 1
const done = { ok: 0 }
const cancelled = { error: { name: 'Cancelled' } }

const { postMessage, terminate } = Worker.prototype
let pool: WasmPool

afterEach(async () => {
  Worker.prototype.postMessage = postMessage
  Worker.prototype.terminate = terminate
  await pool.close()
})

interface Asked {
  readonly outcome: Promise<RunOutcome>
  readonly controller: AbortController
}

function ask(param: number, time = 60_000): Asked {
  const controller = new AbortController()
  const limits = { ...quotas, time }
  const request: RunRequest = { module, fun: 'stay', params: [param], seed, limits, loadFile: noFiles }
  return { controller, outcome: pool.run({ ...request, signal: controller.signal }).then(({ outcome }) => outcome) }
}

function outcomes(asked: readonly Asked[]): Promise<RunOutcome[]> {
  return Promise.all(asked.map(({ outcome }) => outcome))
}

/** Sees, and may change, what threads are asked. */
function watch(onRequests: (requests: readonly WorkerRequest[], worker: Worker) => readonly WorkerRequest[]): void {
  Worker.prototype.postMessage = function (requests: readonly WorkerRequest[], transfer) {
    postMessage.call(this, onRequests(requests, this), transfer)
  }
}

/** The arguments of the functions that a thread is given to run. */
function paramsOf(requests: readonly WorkerRequest[]): readonly unknown[] {
  return requests.flatMap(request => (request.kind === 'run' ? request.invocation.args : []))
}

/** A pool whose threads are there. */
function openPool(workers: number): void {
  pool = createPool({ workers })
  pool.warm(workers)
}

/** Has the pool take the function for a quick one. */
async function showQuick(): Promise<void> {
  for (let i = 0; i < 10; i++) await ask(quick).outcome
}

/** Asks for runs that go to one thread in one message; who is busy may take the quick one for slow, and is shown again. */
async function askTogether(params: readonly number[], time?: readonly number[]): Promise<readonly Asked[]> {
  for (;;) {
    await showQuick()
    const posted = new Promise<number>(resolve => {
      watch(requests => {
        if (paramsOf(requests).length > 0) resolve(paramsOf(requests).length)
        return requests
      })
    })
    const asked = params.map((param, i) => ask(param, time?.[i]))
    if ((await posted) === params.length) return asked
    for (const { controller } of asked) controller.abort()
    await outcomes(asked)
  }
}

test('quick ones go to a thread several at a time', async () => {
  openPool(2)
  const asked = await askTogether([quick, quick, quick, quick, quick])
  expect(await outcomes(asked)).toEqual(asked.map(() => done))
})

test('those behind one that is slow against all expectation go to another thread', async () => {
  openPool(2)
  const [stays, ...others] = await askTogether([slow, quick, quick, quick])
  let hasEnded = false
  const end = stays?.outcome.then(() => {
    hasEnded = true
  })
  expect(await outcomes(others)).toEqual([done, done, done])
  expect(hasEnded).toBe(false)
  stays?.controller.abort()
  await end
})

test('a time limit is that of the one that runs: not of those that were done, nor of those behind it', async () => {
  openPool(1)
  const asked = await askTogether([quick, slow, quick], [150, 400, 150])
  expect(await outcomes(asked)).toMatchObject([done, { error: { name: 'TimeLimit', limit: 400 } }, done])
})

test('one that was not begun is cancelled at once, and its thread goes on', async () => {
  openPool(1)
  const [stays, waits, last] = await askTogether([slow, quick, quick])
  const ended = new Set<Worker>()
  Worker.prototype.terminate = function () {
    ended.add(this)
    return terminate.call(this)
  }
  waits?.controller.abort()
  expect(await waits?.outcome).toMatchObject(cancelled)
  expect(ended.size).toBe(0)
  stays?.controller.abort()
  expect(await stays?.outcome).toMatchObject(cancelled)
  expect(ended.size).toBe(1)
  expect(await last?.outcome).toEqual(done)
})

test('one that was begun before its thread heard that it was cancelled does not keep the thread', async () => {
  openPool(1)
  const [first, stays] = await askTogether([quick, slow])
  watch(requests => requests.filter(({ kind }) => kind !== 'withdraw'))
  stays?.controller.abort()
  expect(await stays?.outcome).toMatchObject(cancelled)
  expect(await first?.outcome).toEqual(done)
  expect(await ask(quick).outcome).toEqual(done)
})

test('one that breaks its thread, again and again, harms neither those before it nor those behind it', async () => {
  openPool(1)
  await showQuick()
  watch((requests, worker) => {
    // When it is at it: a moment later it would have been found to be slow.
    if (paramsOf(requests).includes(slow)) setTimeout(() => worker.emit('error', new Error('broken')), 5)
    return requests
  })
  const asked = [quick, quick, slow, quick, quick].map(param => ask(param))
  const broken = { error: { name: 'HostFailure' } }
  expect(await outcomes(asked)).toMatchObject([done, done, broken, done, done])
  expect(await ask(quick).outcome).toEqual(done)
})
