import { nameOf } from '@ipvm/ipld'
import { writeContents } from '@ipvm/network'
import { carol } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { ed25519Signer, type Signer } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import { untrustedResultsMax } from '../limits.ts'
import { aliceAsks, bobLets, bobsService, good } from '../stories/bob.test-fixture.ts'

const profile = 'test/1'

test('a flood of results of one task by as many keys does not make its name costly, and who counts is heard', async () => {
  const { asked, store, runtime } = bobsService()
  await store.commit({ trusted: [carol.did] })
  const proof = await bobLets('/receipt')
  const ran = nameOf('what everybody wants to know')
  const says = (signer: Signer, n: number) => issueReceipt({ ran, out: { ok: n }, exp: null, profile }, signer)
  const write = async (...receipts: readonly { readonly bytes: Uint8Array }[]) => {
    const { envelope } = await aliceAsks('/receipt/write', {}, [proof])
    const tokens = [envelope, proof.envelope, ...receipts].map(({ bytes }) => bytes)
    good(await asked(await writeContents(tokens)))
  }
  const keys = Array.from({ length: 3 * untrustedResultsMax }, (_, n) => ed25519Signer(new Uint8Array(32).fill(n + 1)))
  await write(...(await Promise.all(keys.map(says))))
  expect(await store.resultsFor(ran, profile)).toHaveLength(untrustedResultsMax)
  const hers = await says(carol, 42)
  await write(hers)
  expect((await store.resultsFor(ran, profile)).some(cid => cid.equals(hers.cid))).toBe(true)
  await runtime.close()
})
