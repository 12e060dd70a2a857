import { nameOf, rawBlock, type CID } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { issueReceipt, revokeName } from '@ipvm/ucan'
import { assertName } from '@ipvm/ucan/name'
import { all } from './retention/pages.ts'
import { doingStories } from './doing.test-fixture.ts'
import { eventStories } from './events.test-fixture.ts'
import { journalStories } from './journal.test-fixture.ts'
import { same, started, type Stories } from './story.test-fixture.ts'

/** What every store has to do, as stories that also a browser can be told: each throws where the store does not. */
export const storeStories: Stories = {
  ...journalStories,
  ...doingStories,
  ...eventStories,

  'keeps blocks, however often they are brought': async make => {
    const store = await make()
    const block = rawBlock(Uint8Array.of(1, 2, 3))
    same(await store.block(block.cid), undefined)
    same(await store.hasBlock(block.cid), false)
    await store.commit({ blocks: [block] })
    await store.commit({ blocks: [block] })
    same(await store.block(block.cid), block.bytes)
    same(await store.hasBlock(block.cid), true)
    await store.close()
  },

  'shows what is committed at once, before it is durable': async make => {
    const store = await make()
    const block = rawBlock(Uint8Array.of(1))
    const receipt = nameOf('receipt')
    const durable = store.commit({ blocks: [block], results: [{ name: block.cid, profile: 'p', receipt }] })
    same(await store.block(block.cid), block.bytes)
    same(await store.resultsFor(block.cid, 'p'), [receipt])
    await durable
    await store.close()
  },

  'knows who revoked what, and has what they signed': async make => {
    const store = await make()
    const revocation = await revokeName(nameOf('delegation'), bob)
    await store.commit({ revocations: [revocation] })
    await store.commit({ revocations: [revocation] })
    same(await store.revokersOf(nameOf('delegation')), [bob.did])
    same(await store.revokersOf(nameOf('another')), [])
    same(await store.block(revocation.cid), revocation.bytes)
    same(await store.listRevocations(), [revocation.cid])
    await store.close()
  },

  'keeps results that contradict each other, until one of them is gone': async make => {
    const store = await make()
    const [task, profile] = [nameOf('task'), 'p']
    const receipts = await Promise.all(
      [alice, bob, carol].map((signer, n) => issueReceipt({ ran: task, out: { ok: n }, profile, exp: null }, signer)),
    )
    const [a, b, c] = receipts.map(({ cid }) => cid)
    if (!a || !b || !c) throw new Error('there are three')
    await store.commit({ receipts })
    for (const receipt of [a, b, c]) await store.commit({ results: [{ name: task, profile, receipt }] })
    same(await store.resultsFor(task, profile), [a, b, c])
    same(await store.listEquivocations(), [])
    await store.commit({ equivocations: [{ task, profile, receipts: [c, a] }] })
    await store.commit({ equivocations: [{ task, profile, receipts: [c, b] }] })
    await store.commit({ equivocations: [{ task: nameOf('other'), profile, receipts: [a] }] })
    same(await store.equivocation(task, profile), { task, profile, receipts: [a, b, c], refuted: [] })
    same(await store.equivocation(task, 'q'), undefined)
    same(await store.equivocation(nameOf('other'), profile), undefined)
    same(await store.listEquivocations(), [{ task, profile, receipts: [a, b, c], refuted: [] }])
    const removals = await store.removals()
    await store.commit({ refuted: [c] })
    same(await store.listEquivocations(), [{ task, profile, receipts: [a, b, c], refuted: [c] }])
    await store.commit({ results: [{ name: task, profile, receipt: c }] })
    same(await store.resultsFor(task, profile), [a, b])
    same((await store.removals()) > removals, true)
    await store.remove({ newestRun: undefined, usedBefore: 0, receipts: [b] })
    same(await store.listEquivocations(), [{ task, profile, receipts: [a, c], refuted: [c] }])
    await store.remove({ newestRun: undefined, usedBefore: 0, receipts: [c] })
    same(await store.listEquivocations(), [])
    same(await store.equivocation(task, profile), undefined)
    await store.close()
  },

  'keeps what a run used and wrote beside its receipt, the last one where it ran again': async make => {
    const store = await make()
    const receipt = nameOf('receipt')
    const used = { gas: 123_456_789_012, memory: 65_536, output: 8, disk: 40, time: 1.25 }
    const limits = { gas: 1e15, memory: 2 ** 28, output: 2 ** 28, disk: 2 ** 30, time: 300_000 }
    const report = { used, limits, log: 'line 1\nzeile 2: ü\n' }
    await store.commit({ reports: [{ receipt, ...report }] })
    same(await store.report(receipt), report)
    const failed = { ...report, log: '', stack: ['divide', 'mean "ü"'] }
    await store.commit({ reports: [{ receipt, ...failed }] })
    same(await store.report(receipt), failed)
    same(await store.report(nameOf('another')), undefined)
    await store.close()
  },

  'keeps the records of names by their numbers, and the first of those with one number': async make => {
    const store = await make()
    const fields = { name: 'image', mod: rawBlock(Uint8Array.of(1)).cid, wit: '' }
    const record = (seq: number, more = {}) => assertName({ ...fields, seq, ...more }, bob)
    const [first, tenth, other] = [await record(1), await record(10), await record(10, { licence: 'MIT' })]
    const hers = await assertName({ ...fields, seq: 2 }, carol)
    await store.commit({ names: [tenth] })
    await store.commit({ names: [first, other] })
    await store.commit({ names: [hers, tenth] })
    same(await store.names(bob.did, 'image'), [
      { seq: 10, record: tenth.cid },
      { seq: 1, record: first.cid },
    ])
    same(await store.block(tenth.cid), tenth.bytes)
    same(await store.names(alice.did, 'image'), [])
    same(await store.names(bob.did, 'imag'), [])
    same(await store.listNames(), [tenth.cid, first.cid, hers.cid])
    await store.close()
  },

  'keeps what local names stand for, until they stand for something else': async make => {
    const store = await make()
    const [one, two] = [nameOf('one'), nameOf('two')]
    same(await store.localName('image'), undefined)
    const before = ['image', 'crop'].map(local => ({ local, record: one }))
    await store.commit({ localNames: before })
    const changed = store.commit({ localNames: [{ local: 'image', record: two }] })
    for (const _ of [1, 2]) {
      same(await store.localName('image'), two)
      same(await store.localNames(), [
        { local: 'crop', record: one },
        { local: 'image', record: two },
      ])
      await changed
    }
    same(await store.pins(), [])
    await store.close()
  },

  'keeps the source map that was last brought with a module, as long as it has the module': async make => {
    const store = await make({ now: () => 5 })
    const module = rawBlock(Uint8Array.of(1))
    const [mod, one, two] = [module.cid, nameOf('one'), nameOf('two')]
    same(await store.sourceMap(mod), undefined)
    await store.commit({ blocks: [module], sourceMaps: [{ mod, map: one }] })
    const again = store.commit({ sourceMaps: [{ mod, map: two }] })
    same(await store.sourceMap(mod), two)
    await again
    same(await store.sourceMap(mod), two)
    same(await store.sourceMap(one), undefined)
    same(await store.listSourceMaps(), [{ mod, map: two }])
    await store.remove({ newestRun: undefined, usedBefore: 5, blocks: [mod] })
    same(await store.sourceMap(mod), two)
    await store.remove({ newestRun: undefined, usedBefore: 6, blocks: [mod] })
    same(await store.sourceMap(mod), undefined)
    same(await store.listSourceMaps(), [])
    await store.close()
  },

  'keeps aliases, pins and whom it trusts': async make => {
    const store = await make()
    const [one, two] = [nameOf(1), nameOf(2)]
    await store.commit({ aliases: [[nameOf('spelling'), nameOf('task')]], pinned: [two, one], trusted: [carol.did] })
    await store.commit({ pinned: [two] })
    same(await store.aliased(nameOf('spelling')), nameOf('task'))
    same(await store.aliased(nameOf('task')), undefined)
    same(new Set((await store.pins()).map(String)), new Set([one, two].map(String)))
    await store.commit({ unpinned: [two] })
    same(await store.pins(), [one])
    same([await store.trusts(carol.did), await store.trusts(`${carol.did}#key`)], [true, true])
    same(await store.trusts(bob.did), false)
    await store.commit({ untrusted: [bob.did, `${carol.did}#key`] })
    same(await store.trusts(carol.did), false)
    await store.close()
  },

  'mends a damaged block when it is brought again': async make => {
    const store = await make()
    const { cid, bytes } = rawBlock(Uint8Array.of(1, 2, 3))
    await store.commit({ blocks: [{ cid, bytes: Uint8Array.of(1, 2, 4) }] })
    await store.commit({ blocks: [{ cid, bytes }] })
    same(await store.block(cid), bytes)
    await store.close()
  },

  'finds receipts by the names they settle, each under its profile': async make => {
    const store = await make()
    const [asked, resolved, other] = [nameOf('asked'), nameOf('resolved'), nameOf('other')]
    const { good, failed } = await twoReceipts(asked, resolved)
    const results = [asked, resolved].map(name => ({ name, profile: 'a', receipt: good.cid }))
    await store.commit({ receipts: [good, failed], results })
    await store.commit({ receipts: [good], results })
    for (const task of [asked, resolved]) {
      same(await store.resultsFor(task, 'a'), [good.cid])
      same(await store.resultsFor(task, 'b'), [])
    }
    same(await store.resultsFor(other, 'a'), [])
    same(await store.receiptsOf(asked), [good.cid, failed.cid])
    same(await store.receiptsOf(resolved), [good.cid])
    same(await store.block(good.cid), good.bytes)
    await store.close()
  },

  'lists all that it has, page by page': async make => {
    const store = await make({ now: () => 77 })
    const blocks = [1, 2, 3].map(n => rawBlock(new Uint8Array(n)))
    const { good, failed } = await twoReceipts(nameOf('asked'), nameOf('resolved'))
    await store.commit({ blocks, receipts: [good, failed] })
    const listed = await all(page => store.listBlocks(page), 2)
    const entry = ({ cid, bytes }: { cid: CID; bytes: Uint8Array }) => `${cid} ${bytes.length} 77`
    same(
      listed.map(({ cid, size, used }) => `${cid} ${size} ${used}`).sort(),
      [...blocks, good, failed].map(entry).sort(),
    )
    const one = await store.listReceipts({ limit: 1 })
    same(one.items, [good.cid])
    same((await store.listReceipts({ limit: 5, after: one.next })).items, [failed.cid])
    await store.close()
  },

  'notes when a block was brought again, once its note is old': async make => {
    let now = 10_000
    const store = await make({ now: () => now })
    const block = rawBlock(Uint8Array.of(1))
    const used = async () => (await store.listBlocks({ limit: 9 })).items.map(entry => entry.used)
    await store.commit({ blocks: [block] })
    now += 3600
    await store.commit({ blocks: [block] })
    same(await used(), [10_000])
    now += 1
    await store.commit({ blocks: [block] })
    same(await used(), [13_601])
    await store.close()
  },

  'lets go of receipts with all that is said of them, of runs, and of blocks that nobody brought again': async make => {
    let now = 100
    const store = await make({ now: () => now })
    const { good, failed } = await twoReceipts(nameOf('asked'), nameOf('resolved'))
    const [old, young] = [rawBlock(Uint8Array.of(1)), rawBlock(Uint8Array.of(2))]
    const names = [nameOf('asked'), nameOf('resolved'), nameOf('known by another name')]
    const amounts = { gas: 1, memory: 2, output: 3, disk: 4, time: 5 }
    const report = { receipt: good.cid, used: amounts, limits: amounts, log: 'x' }
    const results = names.map(name => ({ name, profile: 'a', receipt: good.cid }))
    await store.commit({ receipts: [good, failed], results, reports: [report], blocks: [old] })
    const { run } = started(1)
    await store.commit({ runStarted: started(1) })
    now = 200
    await store.commit({ blocks: [young] })
    const removal = { usedBefore: 200, runs: [run], receipts: [good.cid], blocks: [old.cid, young.cid] }
    const removals = await store.removals()
    same(await store.remove({ ...removal, newestRun: undefined }), false)
    same(await store.hasBlock(old.cid), true)
    same(await store.removals(), removals)
    same(await store.remove({ ...removal, newestRun: run }), true)
    same(await store.removals(), removals + 1)
    same(await Promise.all([old, young, good, failed].map(({ cid }) => store.hasBlock(cid))), [
      false,
      true,
      false,
      true,
    ])
    for (const name of names) same(await store.resultsFor(name, 'a'), [])
    same(await store.receiptsOf(nameOf('asked')), [failed.cid])
    same(await store.report(good.cid), undefined)
    same([await store.run(run), await store.runs(9)], [undefined, []])
    await store.close()
  },
}

async function twoReceipts(asked: CID, resolved: CID) {
  const good = await issueReceipt({ ran: asked, as: resolved, out: { ok: 1 }, profile: 'a', exp: null }, bob)
  const failed = await issueReceipt({ ran: asked, out: { error: { name: 'x', message: 'y' } }, exp: 1 }, bob)
  return { good, failed }
}
