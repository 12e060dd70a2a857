import { expect, test } from 'vitest'
import { type CID, nameOf } from '@ipvm/ipld'
import { Brought } from '@ipvm/runtime'
import { alice, bob, carol } from '@ipvm/testing'
import { decodeInvocation, noNonce, revoke, taskName } from '@ipvm/ucan'
import {
  aliceAsks,
  bobLets,
  bobsService,
  bodyOf,
  field,
  good,
  outsIn,
  receiptsIn,
  refusedAs,
  tomorrow,
  workflowOf,
} from '../stories/bob.test-fixture.ts'

const wait = 60_000

test('Alice has Bob do a pure task, and its receipt says what she asked for and what it is everywhere', async () => {
  const { asked, ran, store, runtime } = bobsService()
  const proof = await bobLets('/test/echo')
  const invocation = await aliceAsks('/test/echo', { value: 7 }, [proof])
  const answer = await asked(await bodyOf([invocation, proof]), { wait })
  const [receipt, ...others] = await receiptsIn(answer)
  const name = taskName({ cmd: '/test/echo', args: { value: 7 }, nonce: noNonce })
  expect(others).toEqual([])
  expect([receipt?.iss, receipt?.out]).toEqual([bob.did, { ok: 7 }])
  expect([receipt?.ran.equals(invocation.task), receipt?.as?.equals(name)]).toEqual([true, true])
  expect((await store.aliased(invocation.task))?.equals(name)).toBe(true)
  expect(await store.hasBlock(proof.envelope.cid)).toBe(true)
  // Another time, by another request, it is known; nothing runs, and nothing is written of it.
  const again = await aliceAsks('/test/echo', { value: 7 }, [proof])
  expect(await outsIn(await asked(await bodyOf([again, proof])))).toEqual([7])
  expect(ran).toEqual([7])
  expect(await store.run(again.envelope.cid)).toBeUndefined()
  const [run] = await store.runs(9)
  expect(run?.end).toBe('ok')
  const status = good(await runtime.status(invocation.envelope.cid))
  expect(status.tasks.map(({ label, state }) => [label, state])).toEqual([['task', 'settled']])
  await runtime.close()
})

test('a workflow comes along with its blocks, and those that it does not reach are not kept', async () => {
  const { asked, store, runtime } = bobsService()
  const proof = await bobLets('/')
  const stray = workflowOf({ other: ['/test/echo', { value: 'stray' }] })
  const workflow = workflowOf({ one: ['/test/echo', { value: 1 }], two: ['/test/echo', { value: 2 }] })
  const invocation = await aliceAsks('/workflow/run', { workflow: workflow.cid }, [proof])
  const answer = await asked(await bodyOf([invocation, proof], [workflow, stray]), { wait })
  const receipts = await receiptsIn(answer)
  const own = receipts.find(({ ran }) => ran.equals(invocation.task))
  expect(field(own && 'ok' in own.out ? own.out.ok : null, 'end')).toBe('ok')
  expect(receipts.flatMap(({ out, ran }) => (ran === own?.ran ? [] : 'ok' in out ? [out.ok] : []))).toEqual(
    expect.arrayContaining([1, 2]),
  )
  expect([await store.hasBlock(workflow.cid), await store.hasBlock(stray.cid)]).toEqual([true, false])
  await runtime.close()
})

test('who does not wait is told where to look, and who asks again with the same bytes runs nothing again', async () => {
  const { asked, ran, gate, runtime } = bobsService()
  const door = Promise.withResolvers<void>()
  gate.open = door.promise
  const proof = await bobLets('/test')
  const invocation = await aliceAsks('/test/slow', { value: 1 }, [proof])
  const body = await bodyOf([invocation, proof])
  const first = good(await asked(body))
  expect(first.pending?.map(({ kind, cid }) => [kind, String(cid)])).toEqual([['receipt', String(invocation.task)]])
  expect(good(await asked(body, { wait: 10 })).pending?.length).toBe(1)
  const waiting = Promise.all([asked(body, { wait }), asked(body, { wait })])
  door.resolve()
  for (const answer of await waiting) expect(await outsIn(answer)).toEqual([1])
  expect(await outsIn(await asked(body))).toEqual([1])
  expect(ran).toEqual([1])
  await runtime.close()
})

test('what was judged is judged again where it begins later: it may have been revoked meanwhile', async () => {
  const { ran, store, world, runtime } = bobsService()
  const proof = await bobLets('/test')
  const started = async (value: number, meanwhile: () => Promise<void>) => {
    const judged = good(
      await runtime.judge(await aliceAsks('/test/echo', { value }, [proof]), new Brought([], [proof])),
    )
    await meanwhile()
    const [settled] = (await good(await runtime.start(judged)).ended).tasks.values()
    return settled?.receipt.out
  }
  expect(await started(1, async () => {})).toEqual({ ok: 1 })
  const out = await started(2, async () => {
    world.time += 1
    await store.commit({ revocations: [await revoke(proof, bob)] })
  })
  expect(out).toMatchObject({ error: { name: 'Revoked' } })
  expect(ran).toEqual([1])
  await runtime.close()
})

test('a mutation is done once, however often its bytes come, at once or later', async () => {
  const { asked, seen, world, runtime } = bobsService()
  const proof = await bobLets('/test/post')
  const invocation = await aliceAsks('/test/post', { value: 'a' }, [proof])
  const body = await bodyOf([invocation, proof])
  const answers = await Promise.all([asked(body, { wait }), asked(body, { wait }), asked(body, { wait })])
  for (const answer of answers) {
    const [receipt] = await receiptsIn(answer)
    expect([receipt?.ran.equals(invocation.task), receipt?.out]).toEqual([true, { ok: 1 }])
  }
  // Alice's clock or hers who replays it may be off: what was accepted in its time is answered, and not done.
  world.time = tomorrow + 86_400
  expect(await outsIn(await asked(body))).toEqual([1])
  expect(seen).toEqual(['a'])
  await runtime.close()
})

test('of a mutation in doubt the answer is that nobody knows', async () => {
  const { asked, seen, attempts, runtime } = bobsService()
  attempts.set('a', { error: { name: 'Lost', message: 'no answer came' }, verdict: 'unknown' })
  const proof = await bobLets('/test/post')
  const body = await bodyOf([await aliceAsks('/test/post', { value: 'a' }, [proof]), proof])
  expect(refusedAs(await asked(body, { wait }))).toBe('Unknown')
  expect(refusedAs(await asked(body))).toBe('Unknown')
  expect(seen).toEqual(['a'])
  await runtime.close()
})

test('strangers, and who is past their time, are refused, and nothing of theirs is kept', async () => {
  const { asked, ran, seen, store, runtime } = bobsService()
  const proof = await bobLets('/test')
  const workflow = workflowOf({ one: ['/test/echo', { value: 1 }] })
  const expired = await bobLets('/test', { exp: tomorrow - 200_000 })
  const stories = [
    ['InvalidClaim', await aliceAsks('/test/echo', { value: 1 }, [], { signer: carol }), []],
    ['Expired', await aliceAsks('/test/echo', { value: 1 }, [expired]), [expired]],
    ['Expired', await aliceAsks('/test/post', { value: 1 }, [proof], { exp: tomorrow - 86_400 * 2 }), [proof]],
    ['UnavailableProof', await aliceAsks('/test/echo', { value: 1 }, [proof]), []],
    ['InvalidSubject', await aliceAsks('/test/echo', { value: 1 }, [proof], { sub: alice.did, aud: bob.did }), [proof]],
    ['InvalidAudience', await aliceAsks('/test/echo', { value: 1 }, [proof], { sub: carol.did }), [proof]],
    ['InvalidClaim', await aliceAsks('/workflow/run', { workflow: workflow.cid }, [proof]), [proof]],
    ['UnknownCommand', await aliceAsks('/test/other', {}, [proof]), [proof]],
  ] as const
  for (const [name, invocation, proofs] of stories) {
    const answer = await asked(await bodyOf([invocation, ...proofs], [workflow]), { wait })
    expect(refusedAs(answer)).toBe(name)
  }
  expect([ran, seen, await store.runs(9)]).toEqual([[], [], []])
  expect((await store.listBlocks({ limit: 9 })).items).toEqual([])
  await runtime.close()
})

test('a workflow may do no more than who submits it', async () => {
  const { asked, ran, runtime, store } = bobsService()
  const proofs = [await bobLets('/workflow/run'), await bobLets('/test/echo')]
  const workflow = workflowOf({ one: ['/test/echo', { value: 1 }], two: ['/test/slow', { value: 1 }] })
  const [first] = proofs
  const invocation = await aliceAsks('/workflow/run', { workflow: workflow.cid }, first ? [first] : [])
  const answer = await asked(await bodyOf([invocation, ...proofs], [workflow]), { wait })
  expect(refusedAs(answer)).toBe('InvalidClaim')
  expect(ran).toEqual([])
  expect(await store.hasBlock(workflow.cid)).toBe(false)
  // Nor is it remembered: it has to come along again.
  const bare = await aliceAsks('/workflow/run', { workflow: workflow.cid }, first ? [first] : [])
  expect(refusedAs(await asked(await bodyOf([bare, ...proofs]), { wait }))).toBe('MissingWorkflow')
  await runtime.close()
})

test('a revocation ends what it revokes, and needs nobody’s leave', async () => {
  const { asked, runtime } = bobsService()
  const proof = await bobLets('/test/echo')
  const before = await aliceAsks('/test/echo', { value: 1 }, [proof])
  expect(await outsIn(await asked(await bodyOf([before, proof]), { wait }))).toEqual([1])
  const revocation = await revoke(proof, bob)
  const bobAsks = () => aliceAsks('/test/echo', { value: 'his own' }, [], { signer: bob })
  const other = await aliceAsks('/test/echo', { value: 2 }, [proof])
  const told = await asked(await bodyOf([good(decodeInvocation(revocation.bytes)), await bobAsks()]), { wait })
  expect(await outsIn(told)).toEqual(expect.arrayContaining([{}, 'his own']))
  expect(refusedAs(await asked(await bodyOf([other, proof]), { wait }))).toBe('Revoked')
  const after = await aliceAsks('/test/echo', { value: 1 }, [proof])
  expect(refusedAs(await asked(await bodyOf([after, proof]), { wait }))).toBe('Revoked')
  await runtime.close()
})

test('several invocations of one container are answered together, each by itself', async () => {
  const { asked, runtime } = bobsService()
  const proof = await bobLets('/test/echo')
  const invocations = await Promise.all([1, 2, 3].map(value => aliceAsks('/test/echo', { value }, [proof])))
  const bad = await aliceAsks('/test/slow', { value: 1 }, [proof])
  const answer = await asked(await bodyOf([...invocations, bad, proof]), { wait })
  expect([...(await outsIn(answer))].sort()).toEqual([1, 2, 3, 'InvalidClaim'])
  await runtime.close()
})

test('what anybody may invoke takes a signature, and nothing else', async () => {
  const { asked, runtime } = bobsService({ open: ['/test/echo'] })
  const invocation = await aliceAsks('/test/echo', { value: 1 }, [], { signer: carol })
  expect(await outsIn(await asked(await bodyOf([invocation]), { wait }))).toEqual([1])
  const other = await aliceAsks('/test/slow', { value: 1 }, [], { signer: carol })
  expect(refusedAs(await asked(await bodyOf([other]), { wait }))).toBe('InvalidClaim')
  const forged = { ...(await bodyOf([invocation])) }
  forged.bytes[forged.bytes.length - 1] = (forged.bytes.at(-1) ?? 0) ^ 1
  expect(['InvalidSignature', 'MalformedCbor', 'InvalidClaim']).toContain(refusedAs(await asked(forged, { wait })))
  await runtime.close()
})

test('receipts are read by who may, also before they are there', async () => {
  const { asked, gate, runtime } = bobsService()
  const door = Promise.withResolvers<void>()
  gate.open = door.promise
  const proofs = [await bobLets('/test'), await bobLets('/receipt/read')]
  const [first, second] = proofs
  const invocation = await aliceAsks('/test/slow', { value: 5 }, first ? [first] : [])
  expect(good(await asked(await bodyOf([invocation, ...proofs]))).pending?.length).toBe(1)
  const task = taskName({ cmd: '/test/slow', args: { value: 5 }, nonce: noNonce })
  const read = (cid: CID) => aliceAsks('/receipt/read', { task: cid }, second ? [second] : [])
  expect(await outsIn(await asked(await bodyOf([await read(task), ...proofs])))).toEqual([])
  const reads = [task, invocation.task].map(async cid => asked(await bodyOf([await read(cid), ...proofs]), { wait }))
  await Promise.all([...reads, new Promise(resolve => setTimeout(resolve, 20))].slice(2))
  door.resolve()
  for (const answer of await Promise.all(reads)) expect(await outsIn(answer)).toEqual([5])
  expect(await outsIn(await asked(await bodyOf([await read(nameOf('nothing')), ...proofs]), { wait: 5 }))).toEqual([])
  await runtime.close()
})
