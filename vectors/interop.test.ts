import { existsSync } from 'node:fs'
import type { Value } from '@ipvm/ipld'
import { decodeInvocation, delegate, invoke, proofsOf, validate, type Command } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { nonce, people, secretOf } from './make/people.ts'

/** What `bench/ucan-interop.mjs` offers. */
interface Peer {
  write(wanted: {
    readonly issuer: Uint8Array
    readonly asker: Uint8Array
    readonly cmd: Command
    readonly pol: readonly Value[]
    readonly args: Readonly<Record<string, Value>>
    readonly exp: number
  }): Promise<{ readonly delegation: Uint8Array; readonly invocation: Uint8Array }>
  read(shown: {
    readonly executor: Uint8Array
    readonly invocation: Uint8Array
    readonly delegation: Uint8Array
  }): Promise<unknown>
}

// The peer looks at the clock itself.
const now = Math.floor(Date.now() / 1000)
const isInstalled = existsSync(new URL('../bench/node_modules/iso-ucan/package.json', import.meta.url))
const peer = isInstalled
  ? ((await import(new URL('../bench/ucan-interop.mjs', import.meta.url).href)) as Peer)
  : undefined

const { alice, bob } = people
const story = {
  cmd: '/msg/send',
  pol: [
    ['like', '.to', '*@example.com'],
    ['<', '.size', 1000],
  ],
  exp: now + 600,
} as const
const args = { to: 'carol@example.com', size: 10 }

test.skipIf(!peer)('what iso-ucan writes, we obey or refuse (skipped without it: npm ci --prefix bench)', async () => {
  for (const [size, expected] of [
    [10, 'ok'],
    [1000, 'MatchError'],
  ] as const) {
    const written = await peer?.write({
      ...story,
      issuer: secretOf(1),
      asker: secretOf(2),
      args: { ...args, size: 10 },
    })
    if (!written) throw new Error('no peer')
    const invocation = decodeInvocation(written.invocation)
    if ('error' in invocation) throw new Error(invocation.error.message)
    const resolvedArgs = { ...args, size }
    const resolveProof = proofsOf([written.delegation])
    const answer = await validate(invocation.ok, { now, executor: alice.did, resolveProof, resolvedArgs })
    expect('ok' in answer ? 'ok' : answer.error.name).toBe(expected)
  }
})

test.skipIf(!peer)('what we write, iso-ucan obeys, under both tags (skipped without it)', async () => {
  for (const version of ['1.0.0', '1.0.0-rc.1'] as const) {
    const fields = { sub: alice.did, cmd: story.cmd, nonce, exp: story.exp }
    const { envelope } = await delegate({ ...fields, aud: bob.did, pol: story.pol }, alice, { version })
    const asked = { ...fields, aud: alice.did, prf: [envelope.cid] }
    const shown = async (size: number) => {
      const invocation = await invoke({ ...asked, args: { ...args, size } }, bob, { version })
      return { executor: secretOf(1), delegation: envelope.bytes, invocation: invocation.envelope.bytes }
    }
    expect(await peer?.read(await shown(10))).toMatchObject({ cmd: '/msg/send' })
    await expect(peer?.read(await shown(1000))).rejects.toThrow()
  }
})
