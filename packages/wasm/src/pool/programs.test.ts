import { Worker } from 'node:worker_threads'
import { cidOf, codec, ok } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { bytesOf, noFiles, quotas, seed, sourceOf } from '../guests.test-fixture.ts'
import { preparedMax } from '../limits.ts'
import type { ModuleSource, RunOutcome } from '../sandbox/run.ts'
import { createPool, type ProgramCache, type WasmPool } from './pool.ts'
import type { WorkerRequest } from './message.ts'

const add = bytesOf('guests/add/add')

/** The same module under other names: each ends in a custom section of its own. */
function variant(number: number): ModuleSource {
  const bytes = Uint8Array.from([...add, 0, 4, 1, 0x78, number & 0xff, number >> 8])
  return { cid: cidOf(codec.raw, bytes), bytes: async () => ok(bytes) }
}

async function addOne(pool: WasmPool, module: ModuleSource, n: number): Promise<RunOutcome> {
  const limits = { ...quotas, time: 60_000 }
  return (await pool.run({ module, fun: 'add-one', params: [n], seed, limits, loadFile: noFiles })).outcome
}

test('a thread that could not make anything of what the cache had gets the module that another prepared', async () => {
  const garbage: ProgramCache = { get: async () => new Uint8Array(100), put: async () => {} }
  const pool = createPool({ workers: 2, cache: garbage })
  const echo = sourceOf('echo')
  const limits = { ...quotas, gas: 1e9, time: 60_000 }
  const request = { module: echo, fun: 'spin', params: [], seed, limits, loadFile: noFiles }
  await pool.functions(echo)
  // The thread that failed is kept busy, so that the other prepares the module.
  let spinning: Promise<unknown> = Promise.resolve()
  const module = variant(1)
  const bytes = async () => {
    spinning = pool.run(request)
    await new Promise(resolve => setImmediate(resolve))
    return module.bytes()
  }
  expect(await pool.functions({ ...module, bytes })).toHaveProperty('ok')
  await spinning
  expect(await Promise.all([addOne(pool, module, 1), addOne(pool, module, 2)])).toEqual([{ ok: 2 }, { ok: 3 }])
  await pool.close()
})

test('a thread keeps so many modules at most, however many are asked for at once', async () => {
  const { postMessage } = Worker.prototype
  const held = new Set<string>()
  let most = 0
  Worker.prototype.postMessage = function (requests: readonly WorkerRequest[], transfer) {
    postMessage.call(this, requests, transfer)
    for (const request of requests) {
      if (request.kind === 'forget') held.delete(request.key)
      else if ('key' in request) held.add(request.key)
      most = Math.max(most, held.size)
    }
  }
  const pool = createPool({ workers: 1 })
  const count = 2 * preparedMax
  const sums = await Promise.all(Array.from({ length: count }, (_, i) => addOne(pool, variant(i), i)))
  Worker.prototype.postMessage = postMessage
  expect(sums).toEqual(Array.from({ length: count }, (_, i) => ({ ok: i + 1 })))
  expect(most).toBeLessThanOrEqual(preparedMax + 1)
  await pool.close()
})

test('a request that cannot be sent is a failure of the host, and its thread does the next one', async () => {
  const pool = createPool({ workers: 1 })
  expect(await addOne(pool, variant(1), 1)).toEqual({ ok: 2 })
  const { postMessage } = Worker.prototype
  Worker.prototype.postMessage = function (requests: readonly WorkerRequest[], transfer) {
    if (requests.some(({ kind }) => kind === 'run')) throw new Error('out of memory')
    postMessage.call(this, requests, transfer)
  }
  const outcome = await addOne(pool, variant(2), 2)
  Worker.prototype.postMessage = postMessage
  expect(outcome).toMatchObject({ error: { name: 'HostFailure', message: expect.stringContaining('out of memory') } })
  expect(await addOne(pool, variant(2), 2)).toEqual({ ok: 3 })
  await pool.close()
  expect(await addOne(pool, variant(2), 2)).toMatchObject({
    error: { name: 'Cancelled', message: 'the run was cancelled: the pool was closed' },
  })
})
