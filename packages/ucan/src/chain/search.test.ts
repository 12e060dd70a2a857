import { alice, bob, carol } from '@ipvm/testing'
import type { Signer } from '@ipvm/varsig'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { delegate, findProofs, wouldAllow, type Delegation, type DelegationFields } from '../index.ts'

const now = 1_767_225_600
const nonce = new Uint8Array(12)
const request = { iss: carol.did, sub: bob.did, cmd: '/print/page', args: { copies: 2 } } as const

function give(from: Signer, aud: Signer, fields: Partial<DelegationFields> = {}) {
  return delegate({ aud: aud.did, sub: bob.did, cmd: '/print', nonce, exp: now + 60, ...fields }, from)
}

const heap: readonly Delegation[] = await Promise.all([
  give(bob, alice, { pol: [['<', '.copies', 2]] }),
  give(bob, alice, { exp: now - 1000 }),
  give(bob, alice),
  give(alice, carol, { cmd: '/scan' }),
  give(alice, carol, { sub: null, cmd: '/print/page' }),
  give(alice, bob),
  give(carol, alice),
])

test('the chain that works is found in a heap of those that do not, in whatever order they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...heap], { minLength: heap.length }), async shuffled => {
      const found = findProofs(shuffled, request, now)
      expect(found).toEqual([heap[2], heap[4]])
      expect(await wouldAllow(request, found, { now })).toHaveProperty('ok')
    }),
    { numRuns: 30 },
  )
})

test('where none works, the closest is found, so that the refusal says what is missing', async () => {
  const closest = async (
    wanted: typeof request | ({ cmd: '/scan/page' } & Omit<typeof request, 'cmd'>),
    proofs = heap,
  ) => {
    const answer = await wouldAllow(wanted, findProofs(proofs, wanted, now), { now })
    return 'error' in answer ? answer.error.name : 'allowed'
  }
  const [strict, old, , , powerline] = heap
  if (!strict || !old || !powerline) throw new Error('the heap')
  expect(await closest(request, [strict, powerline])).toBe('MatchError')
  expect(await closest(request, [old, powerline])).toBe('Expired')
  expect(await closest({ ...request, cmd: '/scan/page' })).toBe('InvalidClaim')
  expect(await closest(request, [])).toBe('InvalidClaim')
})

test('a thousand delegations in a circle are searched, and the search ends', async () => {
  const circle = await Promise.all(
    Array.from({ length: 1024 }, (_, i) => give(i % 2 ? alice : carol, i % 2 ? carol : alice)),
  )
  expect(findProofs(circle, request, now)).toEqual([])
})

test('a delegation that gives more than its issuer holds is no link of a chain', async () => {
  const narrow = await give(bob, alice, { cmd: '/print/page' })
  const wide = await give(bob, alice)
  const onward = await give(alice, carol)
  expect(findProofs([narrow, onward, wide], request, now)).toEqual([wide, onward])
})
