import { expect, test } from 'vitest'
import { encodeCar, fileBlocks, nameOf, rawBlock } from '@ipvm/ipld'
import { writeContents } from '@ipvm/network'
import { alice, carol, dave } from '@ipvm/testing'
import { issueReceipt, limits as ucanLimits, writeContainer } from '@ipvm/ucan'
import { invocationsMax } from '../limits.ts'
import {
  aliceAsks,
  bobLets,
  bobsService,
  bodyOf,
  good,
  outsIn,
  refusedAs,
  tomorrow,
  workflowOf,
} from '../stories/bob.test-fixture.ts'

const wait = 60_000

test('what is no body is refused, and breaks nothing', async () => {
  const { asked, runtime } = bobsService()
  const none = new Uint8Array(0)
  const receipt = await issueReceipt({ ran: nameOf('x'), out: { ok: 1 }, exp: null }, carol)
  const proof = await bobLets('/test')
  const bodies = [
    { type: 'container', bytes: none },
    { type: 'container', bytes: new TextEncoder().encode('@hello') },
    { type: 'container', bytes: await writeContainer([]) },
    { type: 'container', bytes: await writeContainer([Uint8Array.of(0xf6)]) },
    { type: 'container', bytes: await writeContainer([receipt.bytes]) },
    { type: 'container', bytes: await writeContainer([proof.envelope.bytes]) },
    { type: 'reconcile', bytes: none },
    { type: 'car', bytes: none },
    { type: 'car', bytes: encodeCar([], []) },
    { type: 'car', bytes: encodeCar([nameOf('absent')], []) },
  ] as const
  for (const body of bodies) expect('error' in (await asked(body))).toBe(true)
  expect((await bobsService().store.listBlocks({ limit: 1 })).items).toEqual([])
  await runtime.close()
})

test('a CAR whose blocks lie about what they are is refused, with all that it asks', async () => {
  const { asked, ran, store, runtime } = bobsService()
  const proof = await bobLets('/')
  const workflow = workflowOf({ one: ['/test/echo', { value: 1 }] })
  const other = workflowOf({ one: ['/test/echo', { value: 2 }] })
  const invocation = await aliceAsks('/workflow/run', { workflow: workflow.cid }, [proof])
  const lying = await bodyOf([invocation, proof], [{ cid: workflow.cid, bytes: other.bytes }])
  expect(refusedAs(await asked(lying, { wait }))).toBe('MalformedContents')
  expect([ran, (await store.listBlocks({ limit: 1 })).items]).toEqual([[], []])
  await runtime.close()
})

test('of a thousand tokens that come along, those are kept that lead to who asks', async () => {
  const { asked, store, runtime } = bobsService()
  const proof = await bobLets('/test')
  const strays = await Promise.all(Array.from({ length: 300 }, () => bobLets('/test', { aud: dave.did }, carol)))
  const { blocks: file } = fileBlocks(new Uint8Array(3_000_000))
  const invocation = await aliceAsks('/test/echo', { value: 1 }, [proof])
  expect(await outsIn(await asked(await bodyOf([invocation, proof, ...strays], file), { wait }))).toEqual([1])
  expect(await store.hasBlock(proof.envelope.cid)).toBe(true)
  const kept = await Promise.all(
    [...strays.map(({ envelope }) => envelope), ...file].map(({ cid }) => store.hasBlock(cid)),
  )
  expect(kept.every(isKept => !isKept)).toBe(true)
  await runtime.close()
})

test('a container of more invocations than are answered together is refused as a whole', async () => {
  const { asked, ran, runtime } = bobsService()
  const proof = await bobLets('/test')
  const many = await Promise.all(
    Array.from({ length: invocationsMax + 1 }, (_, value) => aliceAsks('/test/echo', { value }, [proof])),
  )
  expect(refusedAs(await asked(await bodyOf([...many, proof]), { wait }))).toBe('TooLarge')
  const [first, ...rest] = many
  expect((await outsIn(await asked(await bodyOf([...rest, proof]), { wait }))).length).toBe(invocationsMax)
  expect(first && ran.length).toBe(invocationsMax)
  await runtime.close()
})

test('who has no nonce for an effect is told so, and the command does not run', async () => {
  const { asked, seen, runtime } = bobsService()
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/post', { value: 1 }, [proof], { nonce: new Uint8Array(0) })
  const answer = await asked(await bodyOf([invocation, proof]), { wait })
  expect('error' in answer && [answer.error.reason?.name, answer.error.status]).toEqual(['InvalidClaim', 422])
  expect(seen).toEqual([])
  await runtime.close()
})

test('a clock that is a day off is told that it is, and a minute off is not', async () => {
  const { asked, world, runtime } = bobsService()
  const proof = await bobLets('/test', { exp: tomorrow + 86_400 * 9 })
  const invocation = await aliceAsks('/test/echo', { value: 1 }, [proof], { exp: world.time + 300 })
  const body = await bodyOf([invocation, proof])
  world.time += 300 + ucanLimits.leewaySeconds
  expect(await outsIn(await asked(body, { wait }))).toEqual([1])
  const late = await aliceAsks('/test/echo', { value: 2 }, [proof], { exp: world.time - 86_400 })
  const refused = await asked(await bodyOf([late, proof]), { wait })
  expect(refusedAs(refused)).toBe('Expired')
  const early = await bobLets('/test', { nbf: world.time + 86_400, exp: world.time + 2 * 86_400 })
  const soon = await aliceAsks('/test/echo', { value: 2 }, [early], { exp: world.time + 300 })
  expect(refusedAs(await asked(await bodyOf([soon, early]), { wait }))).toBe('TooEarly')
  await runtime.close()
})

test('another’s invocation that was captured gives its captor no more than its answer', async () => {
  const { asked, seen, runtime } = bobsService()
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/post', { value: 'once' }, [proof])
  const body = await bodyOf([invocation, proof])
  expect(await outsIn(await asked(body, { wait }))).toEqual([1])
  const from = { name: 'http:198.51.100.7', addresses: [] }
  const doubled = await writeContents([proof.envelope.bytes, invocation.envelope.bytes, invocation.envelope.bytes])
  expect(await outsIn(await asked(doubled, { wait, from }))).toEqual([1])
  // Under his own name, with Alice's proof, he may not.
  const own = await aliceAsks('/test/post', { value: 'mine' }, [proof], { signer: dave })
  expect('error' in (await asked(await bodyOf([own, proof]), { wait, from }))).toBe(true)
  expect(seen).toEqual(['once'])
  await runtime.close()
})

test('what is secret is told to nobody: not its value, nor that a block of it is there', async () => {
  const { asked, service, store, runtime } = bobsService()
  const proof = await bobLets('/')
  const config = { 'ipvm/config': { secret: true } }
  const invocation = await aliceAsks('/test/echo', { value: 'hidden' }, [proof], { meta: config })
  expect(refusedAs(await asked(await bodyOf([invocation, proof]), { wait }))).toBe('InvalidWorkflow')
  const block = rawBlock(new TextEncoder().encode('secret'))
  await store.commit({ blocks: [block], secrets: [block.cid] })
  const get = await aliceAsks('/block/get', { cid: block.cid }, [proof])
  const answer = good(await asked(await bodyOf([get, proof])))
  expect(answer.type).toBe('container')
  expect(await service.reads.block?.(block.cid, { name: 'alice', did: alice.did, addresses: [] })).toBeUndefined()
  await runtime.close()
})
