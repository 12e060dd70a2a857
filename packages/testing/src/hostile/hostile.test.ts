/**
 * Guests that we wrote to do harm. Each ends in its documented error within its quota; the node lives on, and the next
 * task does not notice. `npm run test:hostile` runs them alone.
 */
import { readFileSync } from 'node:fs'
import { cidOf, codec, error, ok, type Value } from '@ipvm/ipld'
import type { ModuleSource, Run, RunRequest } from '@ipvm/wasm'
import { createPool } from '@ipvm/wasm/pool'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { lies } from './lies.ts'

const pool = createPool({ workers: 1 })
afterAll(() => pool.close())

function guest(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../${path}.wasm`, import.meta.url)))
}

function source(bytes: Uint8Array): ModuleSource {
  return { cid: cidOf(codec.raw, bytes), bytes: async () => ok(bytes) }
}

const mebibyte = 2 ** 20
const limits = { time: 60_000, gas: 50_000_000, memory: 64 * mebibyte, output: 16 * mebibyte }
const loadFile: RunRequest['loadFile'] = async () => error({ name: 'MissingBlock', message: 'there are no files here' })

function run(bytes: Uint8Array, fun: string, params: readonly Value[] = [], more = {}): Promise<Run> {
  const request = { module: source(bytes), fun, params, seed: new Uint8Array(32), loadFile }
  return pool.run({ ...request, limits: { ...limits, ...more } })
}

const add = guest('../../guests/add/add')
afterEach(async () => {
  expect(await run(add, 'add-one', [41])).toMatchObject({ outcome: { ok: 42 } })
})

const bombs = guest('hostile/bombs')
const start = guest('hostile/start')
const recursion = guest('hostile/start-recursion')
const detective = guest('hostile/detective')

describe('a guest that wants more than it is given gets an error that says so, and is not kept', () => {
  it.each([
    ['an endless loop', bombs, 'spin', []],
    ['an endless loop in a start function', start, 'never', []],
    ['endless tail calls', bombs, 'tail', []],
    ['exponential work in little depth', bombs, 'branch', [64]],
    ['moving memory for ever', bombs, 'copy', []],
    ['an endless loop in realloc', bombs, 'spinning-realloc', [new Uint8Array(9)]],
    ['an endless loop after the result', bombs, 'spin-after', [8]],
    ['one instruction that moves more than there is', bombs, 'copy-far', []],
  ])('%s runs out of gas', async (_, bytes, fun, params) => {
    const { outcome, report } = await run(bytes, fun, params)
    expect(outcome).toMatchObject({ error: { name: 'OutOfGas', limit: limits.gas }, permanent: false })
    // What stands in a register or a portion when it is noticed is little.
    expect(report?.gas).toBeGreaterThan(limits.gas)
    if (fun !== 'copy-far') expect(report?.gas).toBeLessThan(limits.gas + 3 * mebibyte)
  })

  it('an endless loop with gas enough ends with its time', async () => {
    const { outcome } = await run(bombs, 'spin', [], { gas: Number.MAX_SAFE_INTEGER, time: 200 })
    expect(outcome).toMatchObject({ error: { name: 'TimeLimit', limit: 200 }, permanent: false })
  })

  it('a memory bomb meets its quota, and sees no −1 before the cap of the profile', async () => {
    const { outcome, report } = await run(bombs, 'fill-memory')
    expect(outcome).toMatchObject({ error: { name: 'MemoryQuota', limit: limits.memory }, permanent: false })
    expect(report?.memory).toBe(limits.memory + 65_536)
  })

  it('a huge result meets its quota, and one that is allowed arrives', async () => {
    const { outcome, report } = await run(bombs, 'huge', [17 * mebibyte])
    expect(report?.output).toBe(17 * mebibyte)
    expect(outcome).toMatchObject({ error: { name: 'OutputQuota', limit: limits.output }, permanent: false })
    const { outcome: allowed } = await run(bombs, 'huge', [15 * mebibyte])
    expect('ok' in allowed && allowed.ok instanceof Uint8Array && allowed.ok.length).toBe(15 * mebibyte)
  })
})

describe('a guest that floods its log ends with its gas, and what is kept of the log is little', () => {
  const flood = guest('hostile/flood')
  const end = '\n(the log ends here: it is longer than 262144 bytes)\n'

  it.each([
    ['lines', limits.gas],
    ['empty-lines', 4e9],
    ['output', limits.gas],
    ['zeroes', limits.gas],
  ])('by %s', async (fun, gas) => {
    const { outcome, report } = await run(flood, fun, [], { gas })
    expect(outcome).toMatchObject({ error: { name: 'OutOfGas', limit: gas }, permanent: false })
    expect(report?.log.endsWith(end)).toBe(true)
    expect(report?.log).toHaveLength(262_144 + end.length)
  })

  it('and one that hoards handles traps at the most that there may be', async () => {
    const { outcome } = await run(flood, 'handles', [], { gas: 1e9 })
    const message = 'the function trapped: it holds more than 100000 handles'
    expect(outcome).toEqual({ error: { name: 'Trap', message }, permanent: true })
  })
})

describe('a guest that breaks a rule ends in a trap, which is a property of the function', () => {
  const deep = 'the function trapped: it recurses deeper than the stack of profile 1'

  it.each([
    ['recursion without end', bombs, 'recurse', [], deep],
    ['recursion with a wide frame', bombs, 'recurse-wide', [], deep],
    ['recursion through a table', bombs, 'recurse-indirect', [], deep],
    ['recursion in a start function', recursion, 'never', [], deep],
    ['a result outside of its memory', bombs, 'huge', [2 ** 31], /which is outside its memory|where at most/],
    ['a realloc that lies', bombs, 'wild-realloc', [new Uint8Array(9)], /which is outside its memory/],
  ])('%s', async (_, bytes, fun, params, message) => {
    const { outcome } = await run(bytes, fun, params, { memory: 4096 * mebibyte, gas: 1e10 })
    const text = typeof message === 'string' ? message : expect.stringMatching(message)
    expect(outcome).toEqual({ error: { name: 'Trap', message: text }, permanent: true })
  })

  it('a table bomb meets the cap of the profile, which is −1 on every machine', async () => {
    expect(await run(bombs, 'fill-table', [], { gas: 1e9 })).toMatchObject({ outcome: { ok: 999_001 } })
  })

  it('a realloc that moves the memory under the host finds its data where it belongs', async () => {
    expect(await run(bombs, 'growing-realloc', [new Uint8Array(100_000).fill(7)])).toMatchObject({ outcome: { ok: 7 } })
  })

  it('calls through many components have one stack together', async () => {
    const across = guest('hostile/across')
    const { outcome } = await run(across, 'f', [500])
    expect(outcome).toEqual({ ok: 500 })
    expect((await run(across, 'f', [2500])).outcome).toEqual({
      error: { name: 'Trap', message: deep },
      permanent: true,
    })
  })
})

describe('a guest that looks for the machine finds the profile', () => {
  it('in the bits of NaNs and in what it is given', async () => {
    const { outcome } = await run(detective, 'clues', [], { memory: 2 * mebibyte })
    const [quiet, quiet32] = [0x7ff8_0000_0000_0000n, 0x7fc0_0000]
    const negative = 0xfff8_0000_0000_0000n
    const payload = 0x7ff4_0000_0000_0001n
    expect(outcome).toEqual({
      ok: [
        ...Array.from({ length: 11 }, () => quiet),
        ...[quiet32, quiet32, quiet32],
        ...[payload, negative, negative, payload],
        ...[0, 0, -1, -1, -1, 1].map(clue => (clue < 0 ? 2n ** 64n - 1n : clue)),
      ],
    })
  })
})

describe('bytes that lie about themselves are refused before anything runs, soon and without taking memory', () => {
  it.each(lies())('$name', async ({ bytes, name: _, failure, message }) => {
    const { outcome } = await run(bytes, 'f')
    expect(outcome).toMatchObject({ error: { name: failure, message: expect.stringMatching(message) } })
  })
})
