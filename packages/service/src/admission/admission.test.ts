import { expect, test } from 'vitest'
import { alice, carol, dave } from '@ipvm/testing'
import { decodeInvocation, revoke } from '@ipvm/ucan'
import { aliceAsks, bobLets, bobsService, bodyOf, good, outsIn, refusedAs } from '../stories/bob.test-fixture.ts'
import { Buckets } from './bucket.ts'

const wait = 60_000

test('a bucket gives at one go what it holds, and then as much as comes in', () => {
  const buckets = new Buckets({ perSecond: 2, burst: 3 }, 2)
  expect([1, 2, 3].map(() => buckets.take('alice', 0))).toEqual([0, 0, 0])
  expect(buckets.take('alice', 0)).toBe(500)
  // What was not given is not taken.
  expect([buckets.take('alice', 250), buckets.take('alice', 500), buckets.take('alice', 500)]).toEqual([250, 0, 500])
  expect(buckets.take('bob', 500)).toBe(0)
  expect([buckets.wait('alice', 500), buckets.wait('alice', 1000), buckets.wait('carol', 0)]).toEqual([500, 0, 0])
  // It has an eye on so many alone.
  buckets.take('carol', 500)
  expect(buckets.take('alice', 500)).toBe(0)
})

test('an agent that asks for more than its share is told when to come again, and others are not', async () => {
  const { asked, world, runtime } = bobsService({ admission: { agent: { perSecond: 1, burst: 2 } } })
  const proof = await bobLets('/test')
  const other = await bobLets('/test', { aud: carol.did })
  const ask = async (value: number) =>
    asked(await bodyOf([await aliceAsks('/test/echo', { value }, [proof]), proof]), { wait })
  expect([...(await outsIn(await ask(1))), ...(await outsIn(await ask(2)))]).toEqual([1, 2])
  const third = await ask(3)
  expect('error' in third && [third.error.name, third.error.retryAfter]).toEqual(['Busy', 1000])
  const carols = await aliceAsks('/test/echo', { value: 3 }, [other], { signer: carol })
  expect(await outsIn(await asked(await bodyOf([carols, other]), { wait }))).toEqual([3])
  world.time += 1
  expect(await outsIn(await ask(3))).toEqual([3])
  await runtime.close()
})

test('commands for anybody have a share of each address, whatever keys it makes', async () => {
  const { asked, runtime, ran } = bobsService({ open: ['/test/echo'], admission: { open: { perSecond: 1, burst: 1 } } })
  const ask = async (signer: typeof carol, name: string) => {
    const invocation = await aliceAsks('/test/echo', { value: name }, [], { signer })
    return refusedAs(await asked(await bodyOf([invocation]), { wait, from: { name, addresses: [] } }))
  }
  expect(await ask(carol, 'http:192.0.2.1')).toBe('answered')
  expect(await ask(dave, 'http:192.0.2.1')).toBe('Busy')
  expect(await ask(alice, 'http:192.0.2.2')).toBe('answered')
  expect(ran).toEqual(['http:192.0.2.1', 'http:192.0.2.2'])
  await runtime.close()
})

test('revocations that nobody asked for have a share of each address', async () => {
  const { asked, runtime, store } = bobsService({ admission: { unproven: { perSecond: 1, burst: 1 } } })
  const revocations = await Promise.all([1, 2].map(async () => revoke(await bobLets('/test'), carol)))
  const answers = []
  for (const { bytes } of revocations) {
    answers.push(refusedAs(await asked(await bodyOf([good(decodeInvocation(bytes))]))))
  }
  expect(answers).toEqual(['answered', 'Busy'])
  expect(await Promise.all(revocations.map(({ cid }) => store.hasBlock(cid)))).toEqual([true, false])
  await runtime.close()
})

test('who is refused again and again is not looked at for a while', async () => {
  const { asked, world, runtime } = bobsService({ admission: { refused: { perSecond: 1, burst: 3 } } })
  const proof = await bobLets('/test')
  const stranger = async () => asked(await bodyOf([await aliceAsks('/test/echo', {}, [], { signer: carol })]))
  expect([refusedAs(await stranger()), refusedAs(await stranger())]).toEqual(['InvalidClaim', 'InvalidClaim'])
  expect(refusedAs(await asked({ type: 'container', bytes: Uint8Array.of(1, 2, 3) }))).toBe('MalformedContents')
  expect(refusedAs(await stranger())).toBe('Busy')
  const body = await bodyOf([await aliceAsks('/test/echo', { value: 1 }, [proof]), proof])
  expect(await outsIn(await asked(body, { wait, from: { name: 'http:192.0.2.2', addresses: [] } }))).toEqual([1])
  world.time += 1
  expect(refusedAs(await stranger())).toBe('InvalidClaim')
  await runtime.close()
})

test('where there is as much work as can be done, known results are given and no new work is taken on', async () => {
  const { asked, gate, ran, runtime } = bobsService({ admission: { runs: 2 } })
  const proof = await bobLets('/test')
  const body = async (value: number, cmd: '/test/echo' | '/test/slow' = '/test/slow') =>
    bodyOf([await aliceAsks(cmd, { value }, [proof]), proof])
  expect(await outsIn(await asked(await body(0, '/test/echo'), { wait }))).toEqual([0])
  const door = Promise.withResolvers<void>()
  gate.open = door.promise
  const first = await body(1)
  for (const one of [first, await body(2)]) expect(good(await asked(one)).pending?.length).toBe(1)
  const third = await body(3)
  const refused = await asked(third, { wait })
  expect(refusedAs(refused)).toBe('Busy')
  expect('error' in refused && (refused.error.retryAfter ?? 0) > 0).toBe(true)
  expect(await outsIn(await asked(await body(0, '/test/echo')))).toEqual([0])
  // What was accepted before is not refused now.
  expect(good(await asked(first)).pending?.length).toBe(1)
  door.resolve()
  expect(await outsIn(await asked(first, { wait }))).toEqual([1])
  while (runtime.sample().runs.running > 0) await new Promise(resolve => setTimeout(resolve, 1))
  expect(await outsIn(await asked(third, { wait }))).toEqual([3])
  expect(ran).toEqual([0, 1, 2, 3])
  await runtime.close()
})

test('so many invocations of an agent are answered side by side', async () => {
  const { asked, gate, runtime } = bobsService({ admission: { atOncePerAgent: 2 } })
  const door = Promise.withResolvers<void>()
  gate.open = door.promise
  const proof = await bobLets('/test')
  const invocations = await Promise.all([1, 2, 3].map(value => aliceAsks('/test/slow', { value }, [proof])))
  const answer = asked(await bodyOf([...invocations, proof]), { wait })
  await new Promise(resolve => setTimeout(resolve, 20))
  door.resolve()
  const outs = await outsIn(await answer)
  expect([outs.length, outs.filter(out => out === 'Busy').length]).toEqual([3, 1])
  await runtime.close()
})
