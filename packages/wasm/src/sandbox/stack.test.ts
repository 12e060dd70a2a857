import { ok } from '@ipvm/ipld'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesOf, noFiles, programOf, quotas, seed, sourceOf } from '../guests.test-fixture.ts'
import { stackFramesMax } from '../limits.ts'
import { functionName, functionNameMap } from '../module/function-names.ts'
import { createPool } from '../pool/pool.ts'
import type { RunRequest } from './run.ts'
import { stackOf } from './stack.ts'

const pool = createPool({ workers: 1 })
afterAll(() => pool.close())

const module = sourceOf('stack')

async function stackAfter(fun: string, params: readonly number[] = [], more: Partial<RunRequest> = {}) {
  const limits = { ...quotas, time: 10_000 }
  const { report } = await pool.run({ module, fun, params, seed, limits, loadFile: noFiles, ...more })
  return report?.stack
}

describe('where a guest failed', () => {
  it('is told by the names of its functions, through all core modules; one without a name by its number', async () => {
    expect(await stackAfter('average', [7, 0])).toEqual([
      'checked-divide',
      'function 1 of core module 0',
      'mean',
      'average',
    ])
  })

  it('is not told of a run that gave something', async () => {
    expect(await stackAfter('average', [7, 1])).toBeUndefined()
  })

  it('is told of a quota, too, without what meters the guest', async () => {
    const limits = { ...quotas, gas: 10_000, time: 10_000 }
    expect(await stackAfter('spin', [], { limits })).toEqual(['spin', 'function 6 of core module 1'])
  })

  it('is cut off where it goes on and on', async () => {
    const stack = await stackAfter('deep')
    expect(new Set(stack)).toEqual(new Set(['forever']))
    expect(stack?.length).toBeLessThanOrEqual(stackFramesMax)
  })

  it('is told without names where the original is not there any more', async () => {
    const bytes = bytesOf('stack')
    let asked = 0
    const gone = async () => (asked++ === 0 ? ok(bytes) : { error: { name: 'MissingBlock', message: 'gone' } })
    const fresh = createPool({ workers: 1 })
    const request = { fun: 'average', params: [1, 0], seed, limits: { ...quotas, time: 10_000 }, loadFile: noFiles }
    const { outcome, report } = await fresh.run({ ...request, module: { cid: module.cid, bytes: gone } })
    expect(outcome).toMatchObject({ error: { name: 'Trap' } })
    expect(report?.stack?.[0]).toBe('function 0 of core module 0')
    await fresh.close()
  })
})

describe('the frames of a stack', () => {
  const modules = programOf('stack').modules
  const read = (stack: string) => stackOf(Object.assign(new Error('x'), { stack }), modules)

  it('are found in what each engine writes', () => {
    const v8 =
      'RuntimeError: x\n    at core1 (wasm://wasm/core1-5191:wasm-function[3]:0x1f)\n    at run (file:///a.ts:1:1)'
    expect(read(v8)).toEqual([{ module: 1, function: 3 }])
    expect(read('core1.wasm-function[3]@[wasm code]\nrun@http://a/b.js:1:1')).toEqual([{ module: 1, function: 3 }])
    expect(read('@http://a/b.js line 3 > WebAssembly.Module:wasm-function[3]:0x1f\n')).toEqual([
      { module: undefined, function: 3 },
    ])
    expect(stackOf(new Error('x'), modules)).toEqual([])
    expect(stackOf('no error', modules)).toEqual([])
  })
})

describe('a name section', () => {
  const bytes = bytesOf('stack')
  const start = Buffer.from(bytes).indexOf(Buffer.from([0, 0x61, 0x73, 0x6d]), 4)
  const core = bytes.subarray(start)

  it('that is cut off, or says what cannot be, names nothing, and throws nothing', () => {
    const map = functionNameMap(core)
    if (!map) throw new Error('it has one')
    expect(functionName(map, 0)).toBe('checked-divide')
    expect(functionName(map, 77)).toBeUndefined()
    for (let length = 0; length < map.length; length++) {
      expect(functionName(map.subarray(0, length), 2) ?? 'forever').toBe('forever')
    }
    expect(functionName(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), 0)).toBeUndefined()
    expect(functionNameMap(core.subarray(0, 12))).toBeUndefined()
    expect(functionNameMap(new Uint8Array(3))).toBeUndefined()
  })
})
