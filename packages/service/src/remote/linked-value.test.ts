import { CID, rawBlock, type Block, type Value } from '@ipvm/ipld'
import { memoryHub } from '@ipvm/network/memory'
import { alice, bob, carol } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { VirtualWorld } from '../virtual.test-fixture.ts'
import { allow, draft, openNode, outside, run } from './story.test-fixture.ts'

/** Alice has Carol print what Bob gives: Carol reads it from Bob herself, and prints files as what is in them. */
async function printed(rows: Value, files: { readonly atCarol?: readonly Block[]; readonly atBob?: readonly Block[] }) {
  const time = new VirtualWorld()
  const hub = memoryHub({ world: time })
  const query = outside('/db/query', 'query', [], async () => rows)
  const print = outside('/printer/print', 'mutation', [], async (value, { loadFile }) => {
    const bytes = value instanceof CID ? await loadFile(value) : undefined
    return bytes && 'ok' in bytes ? new TextDecoder().decode(bytes.ok.subarray(0, 20)) : value
  })
  const asker = await openNode('asker', { world: time, hub, signer: alice, known: [query] })
  const db = await openNode('db', { world: time, hub, signer: bob, effects: [query] })
  const printer = await openNode('printer', { world: time, hub, signer: carol, effects: [print] })
  await printer.store.commit({ blocks: files.atCarol ?? [] })
  await db.store.commit({ blocks: files.atBob ?? [] })
  await allow(db, asker, '/db', '/receipt/read')
  await allow(printer, asker, '/printer')
  const tasks = {
    rows: { sub: db.did, cmd: '/db/query', args: { value: 'orders' } },
    page: { sub: printer.did, cmd: '/printer/print', args: { value: { 'await/ok': 'rows' } } },
  }
  const ended = await time.until(run(asker, draft(tasks)))
  await Promise.all([asker, db, printer].map(node => node.close()))
  const out = ended.tasks.get('page')?.receipt.out ?? { ok: null }
  return 'ok' in out ? out.ok : out.error.name
}

const minutes = rawBlock(new TextEncoder().encode('minutes of the meeting'))

test('who links to a file of somebody else in what they give does not have it read by that', async () => {
  expect(await printed(minutes.cid, { atCarol: [minutes] })).toBe('UnreadableInput')
})

test('what is large comes with what an agent gives, also where it is there already', async () => {
  const rows = new TextEncoder().encode('row after row, '.repeat(5000))
  expect(await printed(rows, {})).toBe('row after row, row a')
  expect(await printed(minutes.cid, { atCarol: [minutes], atBob: [minutes] })).toContain('minutes')
})
