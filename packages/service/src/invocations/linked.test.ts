import { rawBlock } from '@ipvm/ipld'
import { readContents, writeContents } from '@ipvm/network'
import { alice } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { aliceAsks, bobLets, bobsService, bodyOf, good } from '../stories/bob.test-fixture.ts'

test('whoever writes a receipt that links to a block does not get that block by reading the receipt', async () => {
  const { asked, store, runtime } = bobsService()
  const minutes = rawBlock(new TextEncoder().encode('minutes of the meeting'))
  await store.commit({ blocks: [minutes] })
  const proof = await bobLets('/receipt')
  const write = await aliceAsks('/receipt/write', {}, [proof])
  const { bytes } = await issueReceipt(
    { ran: write.task, out: { ok: minutes.cid }, exp: null, profile: 'test/1' },
    alice,
  )
  good(await asked(await writeContents([write.envelope.bytes, proof.envelope.bytes, bytes])))
  const read = await aliceAsks('/receipt/read', { task: write.task }, [proof])
  const { tokens, blocks } = good(await readContents(good(await asked(await bodyOf([read, proof])))))
  expect([tokens.length, blocks]).toEqual([1, []])
  await runtime.close()
})
