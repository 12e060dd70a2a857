import { alice, bob, carol, dave } from '@ipvm/testing'
import { assertPeer } from '../index.ts'
import { realWorld, type Name } from '../suite/harness.test-fixture.ts'

const people = { alice, bob, carol, dave }

/** Somebody's record for a peer id, as it is shown to others. */
export function recordOf(name: Name | 'dave'): (peerAddress: string) => Promise<Uint8Array> {
  return async address => (await assertPeer([address], realWorld.now() + 3600, people[name])).bytes
}
