import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Value } from '@ipvm/ipld'
import { defineEffect, eventBlock, readGrants } from '@ipvm/runtime'
import { evaluatePolicy, parsePolicy } from '@ipvm/ucan'
import { compile } from '@ipvm/workflow'
import * as v from 'valibot'
import { nonceOf } from './index.ts'
import { bobsNode, good } from './node.test-fixture.ts'

const seen: { cmd: string; args: { [key: string]: Value } }[] = []
const any = v.custom<Value>(value => value !== undefined)
const outside = (['/out/a', '/out/a/b', '/out/c'] as const).map(cmd =>
  defineEffect<{ to: Value; text: Value }>({
    cmd,
    class: 'mutation',
    args: v.strictObject({ to: any, text: any }),
    run: async args => {
      seen.push({ cmd, args })
      return { ok: null }
    },
  }),
)
let bob: Awaited<ReturnType<typeof bobsNode>>

beforeAll(async () => {
  bob = await bobsNode(undefined, { effects: outside })
})
afterAll(() => bob.end())

const words = fc.constantFrom('alice', 'bob', 'alice/1', 'bob/2', '', '*', 'a"b', 'alice\u0000')
const value: fc.Arbitrary<Value> = fc.oneof(
  words,
  fc.integer({ min: -2, max: 2 }),
  fc.constant(null),
  fc.array(words, { maxLength: 2 }),
  fc.record({ to: words }),
)
const statement = fc.oneof(
  fc.tuple(fc.constant('=='), fc.constantFrom('.to', '.text', '.to?', '.other'), words),
  fc.tuple(fc.constant('like'), fc.constantFrom('.to', '.text'), fc.constantFrom('alice*', '*', 'bob/*')),
  fc.tuple(fc.constant('not'), fc.tuple(fc.constant('=='), fc.constant('.to'), words)),
)
const grant = fc.record({
  cmd: fc.constantFrom('/out', '/out/a', '/out/a/b', '/out/c', '/ou', '/event'),
  pol: fc.array(statement, { maxLength: 2 }),
})
const commands = ['/out/a', '/out/a/b', '/out/c']

test('whatever an event brings, its run does what its trigger lets it, and nothing else', async () => {
  let [done, refused, runs] = [0, 0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.array(grant, { maxLength: 3 }),
      fc.array(fc.record({ cmd: fc.constantFrom(...commands), from: fc.constantFrom('.data.x', '.data', '.data.y') }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.record({ x: value, y: value }),
      async (grants, asked, data) => {
        runs += 1
        const tasks: { [label: string]: Value } = {}
        for (const [i, { cmd, from }] of asked.entries()) {
          tasks[`e${i}`] = { cmd: '/event/get', args: { select: from } }
          tasks[`t${i}`] = {
            cmd,
            args: { to: { 'await/ok': `e${i}` }, text: i % 2 ? 'alice' : { 'await/*': `e${i}` } },
          }
        }
        const { document, blocks } = good(await compile({ 'ipvm/workflow@1': { name: 'w', tasks } }))
        const event = eventBlock({ id: `${runs}`, source: 'test', type: 'test', time: 1, data, depth: 0 })
        await bob.node.store.commit({ blocks: [document, ...blocks, event] })
        const only = good(readGrants([{ cmd: '/event/get', pol: [] }, ...grants]))
        const before = seen.length
        const begun = await bob.node.runtime.begin(document.cid, {
          nonce: nonceOf(document.cid, `${runs}`),
          event: event.cid,
          only,
        })
        if ('ok' in begun) await begun.ok.ended
        else refused += asked.length
        for (const { cmd, args } of seen.slice(before)) {
          const allowing = grants.filter(({ cmd: wide, pol }) => {
            const isCovered = cmd === wide || cmd.startsWith(`${wide}/`)
            return isCovered && evaluatePolicy(good(parsePolicy(pol)), args).holds === true
          })
          expect(allowing).not.toEqual([])
        }
        done += seen.length - before
        if ('ok' in begun) refused += asked.length - (seen.length - before)
      },
    ),
    { numRuns: 300 },
  )
  // It is no proof where nothing was refused, or nothing was let.
  expect(refused).toBeGreaterThan(100)
  expect(done).toBeGreaterThan(20)
})
