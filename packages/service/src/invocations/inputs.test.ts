import { CID, codec, fileBlocks, nameOf, rawBlock, type Block } from '@ipvm/ipld'
import { alice, carol } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { eventBlock } from '@ipvm/runtime'
import {
  aliceAsks,
  bobLets,
  bobsService,
  bodyOf,
  good,
  outsIn,
  refusedAs,
  workflowOf,
} from '../stories/bob.test-fixture.ts'

const wait = 60_000
const text = (words: string) => new TextEncoder().encode(words)
const minutes = rawBlock(text('minutes of the meeting'))
const letter = rawBlock(text('a letter of Alice'))

/** Bob's node with the minutes, and Alice, who may have it read files for her. */
async function withMinutes(file: readonly Block[] = [minutes]) {
  const bob = bobsService()
  await bob.store.commit({ blocks: file })
  const may = await bobLets('/test/read')
  const read = async (link: CID, blocks: readonly Block[] = [], proofs = [may]) => {
    const asked = await aliceAsks('/test/read', { file: link }, [may])
    return bob.asked(await bodyOf([asked, ...proofs], blocks), { wait })
  }
  return { ...bob, may, read }
}

test('who may have a function run does not get what is here by naming it', async () => {
  const { read, runtime, asked, store } = await withMinutes()
  expect(refusedAs(await read(minutes.cid))).toBe('UnreadableInput')
  // Nor is it told whether it is here.
  expect(refusedAs(await read(nameOf('nothing')))).toBe('UnreadableInput')
  const may = await bobLets('/')
  const workflow = workflowOf({ one: ['/test/read', { file: minutes.cid }] })
  const run = await bobLets('/workflow/run')
  const narrow = await bobLets('/test/read')
  const named = await aliceAsks('/workflow/run', { workflow: workflow.cid }, [run])
  expect(refusedAs(await asked(await bodyOf([named, run, narrow], [workflow]), { wait }))).toBe('UnreadableInput')
  expect(await store.hasBlock(workflow.cid)).toBe(false)
  // Who may read it anyhow has it read.
  const whole = await aliceAsks('/test/read', { file: minutes.cid }, [may])
  expect(await outsIn(await asked(await bodyOf([whole, may]), { wait }))).toEqual(['minutes of the meeting'])
  await runtime.close()
})

test('what came of a file before is told to nobody who may not read the file', async () => {
  const { read, may, asked, runtime } = await withMinutes()
  const blocks = await bobLets('/block/get', { pol: [['==', '.cid', minutes.cid]] })
  expect(await outsIn(await read(minutes.cid, [], [may, blocks]))).toEqual(['minutes of the meeting'])
  const stranger = await bobLets('/test/read', { aud: carol.did })
  const again = await aliceAsks('/test/read', { file: minutes.cid }, [stranger], { signer: carol })
  expect(refusedAs(await asked(await bodyOf([again, stranger]), { wait }))).toBe('UnreadableInput')
  await runtime.close()
})

test('a command that anybody may invoke opens no file of the store', async () => {
  const { asked, runtime, store } = bobsService({ open: ['/test/read'] })
  await store.commit({ blocks: [minutes] })
  const carols = (file: CID) => aliceAsks('/test/read', { file }, [], { signer: carol })
  expect(refusedAs(await asked(await bodyOf([await carols(minutes.cid)]), { wait }))).toBe('UnreadableInput')
  const own = await bodyOf([await carols(letter.cid)], [letter])
  expect(await outsIn(await asked(own, { wait }))).toEqual(['a letter of Alice'])
  await runtime.close()
})

test('what one has brought one may have used, then and later, and nobody else may', async () => {
  const { read, asked, runtime, service } = await withMinutes()
  expect(await outsIn(await read(letter.cid, [letter]))).toEqual(['a letter of Alice'])
  expect(await outsIn(await read(letter.cid))).toEqual(['a letter of Alice'])
  const carols = await bobLets('/test/read', { aud: carol.did })
  const hers = await aliceAsks('/test/read', { file: letter.cid }, [carols], { signer: carol })
  expect(refusedAs(await asked(await bodyOf([hers, carols]), { wait }))).toBe('UnreadableInput')
  const put = rawBlock(text('put before'))
  await service.reads.put?.(
    (async function* () {
      yield put
    })(),
    { name: 'alice', did: alice.did, addresses: [] },
  )
  expect(await outsIn(await read(put.cid))).toEqual(['put before'])
  const mayPut = await bobLets('/block/put')
  const later = rawBlock(text('put by an invocation'))
  const putting = await aliceAsks('/block/put', { cid: later.cid }, [mayPut])
  good(await asked(await bodyOf([putting, mayPut], [later])))
  expect(await outsIn(await read(later.cid))).toEqual(['put by an invocation'])
  await runtime.close()
})

test('a file whose root is brought is not read where its parts are not', async () => {
  const { blocks, root } = fileBlocks(new Uint8Array(3_000_000).fill(7))
  const { read, runtime } = await withMinutes(blocks)
  const [top] = blocks.filter(({ cid }) => cid.equals(root))
  if (!top) throw new Error('a file has a root')
  expect(refusedAs(await read(root, [top]))).toBe('UnreadableInput')
  // The same bytes by another codec are no way around it.
  const other = CID.createV1(codec.raw, minutes.cid.multihash)
  expect(refusedAs(await read(other))).toBe('UnreadableInput')
  expect('ok' in (await read(root, blocks))).toBe(true)
  await runtime.close()
})

test('neither does an event, or a value that was put away, bring in what is here', async () => {
  const { asked, runtime } = await withMinutes()
  const event = eventBlock({ id: '1', source: 'alice', type: 'test', time: 0, data: { file: minutes.cid }, depth: 0 })
  const run = await bobLets('/workflow/run')
  const may = await bobLets('/test/read')
  const workflow = workflowOf({ one: ['/test/read', { mod: letter.cid }] })
  const named = await aliceAsks('/workflow/run', { workflow: workflow.cid, event: event.cid }, [run])
  expect(refusedAs(await asked(await bodyOf([named, run, may], [workflow, event]), { wait }))).toBe('UnreadableInput')
  const mayPut = await bobLets('/kv/put')
  const put = await aliceAsks('/kv/put', { key: 'k', value: minutes.cid }, [mayPut])
  expect(refusedAs(await asked(await bodyOf([put, mayPut]), { wait }))).toBe('UnreadableInput')
  await runtime.close()
})

test('a program that is named is run, and needs not be readable', async () => {
  const { asked, may, runtime } = await withMinutes()
  const named = await aliceAsks('/test/read', { mod: minutes.cid }, [may])
  expect(await outsIn(await asked(await bodyOf([named, may]), { wait }))).toEqual(['minutes of the meeting'])
  await runtime.close()
})
