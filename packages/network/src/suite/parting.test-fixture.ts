import { expect, test } from 'vitest'
import type { PeerChange } from '../index.ts'
import { Stage, until, type MakeHarness } from './harness.test-fixture.ts'

/** How one lets go of another, over a transport that is connected to somebody in particular. */
export function partingStories(make: MakeHarness): void {
  test('who is let go of is gone for both sides, and may be connected to again', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, at } = await stage.pair()
    const changes: PeerChange['change'][] = []
    alice.watch(({ change }) => changes.push(change))
    // The subscription makes Alice one whom Bob knows to be there, also over HTTP.
    alice.subscribe('news', () => 'accept')
    await until(() => bob.peers().length === 1)
    alice.disconnect(at)
    await until(() => alice.peers().length === 0 && bob.peers().length === 0)
    expect(changes.at(-1)).toBe('went')
    expect(await alice.connect(stage.harness.bob)).toMatchObject({ ok: { name: at } })
    expect(alice.peers()).toHaveLength(1)
  })

  test('the other side, too, can let go', async () => {
    await using stage = new Stage(await make())
    const { alice, bob } = await stage.pair()
    alice.subscribe('news', () => 'accept')
    await until(() => bob.peers().length === 1)
    const went: string[] = []
    bob.watch(({ peer, change }) => {
      if (change === 'went') went.push(peer.name)
    })
    const [{ name } = { name: '' }] = bob.peers()
    bob.disconnect(name)
    await until(() => went.length === 1)
    expect(went).toEqual([name])
  })
}
