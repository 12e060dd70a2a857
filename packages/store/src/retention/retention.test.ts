import { blockOf, CID, fileBlocks, linksOf, nameOf, type Block } from '@ipvm/ipld'
import { bob, carol } from '@ipvm/testing'
import { invoke, issueReceipt, revokeName, type Receipt } from '@ipvm/ucan'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryStore } from '../memory/store.ts'
import { openSqliteStore } from '../sqlite/store.ts'
import type { Store } from '../store.ts'
import { collectGarbage, type RetentionOptions } from './collect.ts'
import { all } from './pages.ts'
import { eachRun } from './runs.ts'

const week = 604_800

/** A store whose clock a story moves, with things in it that look like those of a node. */
class Shelf {
  now = 1_000_000
  readonly store: Store
  readonly workflows: CID[] = []
  readonly files: CID[] = []
  readonly receipts: Receipt[] = []

  constructor(open: (options: { now: () => number }) => Store = openMemoryStore) {
    this.store = open({ now: () => this.now })
  }

  async putFile(n: number, size = 40): Promise<CID> {
    const { root, blocks } = fileBlocks(new Uint8Array(size).fill(n))
    await this.store.commit({ blocks })
    this.files.push(root)
    return root
  }

  /** Runs a workflow of a chain of tasks on a file; `from` is a receipt that the first one was made from. */
  async run(
    n: number,
    tasks: number,
    { from, isUnderWay = false }: { from?: Receipt | undefined; isUnderWay?: boolean } = {},
  ) {
    const file = await this.putFile(n, 3000)
    const document = blockOf({ 'ipvm/workflow@1': { n, file } })
    const nonce = Uint8Array.of(n >> 8, n, this.workflows.length)
    const proof = await invoke({ sub: carol.did, cmd: '/x', args: {}, nonce, exp: null }, carol)
    const args = { workflow: document.cid }
    const prf = [proof.envelope.cid]
    const fields = { sub: bob.did, cmd: '/workflow/run', args, prf, nonce, exp: null } as const
    const { envelope } = await invoke(fields, bob)
    const run = envelope.cid
    const started = { run, workflow: document.cid, tasks, at: this.now, owner: isUnderWay ? 'me' : 'gone' }
    await this.store.commit({ blocks: [document, envelope, proof.envelope], runStarted: started })
    let last = from
    for (let i = 0; i < tasks; i++) {
      last = await this.#settle(run, i, file, last)
      this.now += 1
    }
    if (!isUnderWay) await this.store.commit({ runEnded: { run, at: this.now, end: 'ok' } })
    this.workflows.push(document.cid)
    return { run, workflow: document.cid, last, file }
  }

  async #settle(run: CID, i: number, file: CID, from: Receipt | undefined): Promise<Receipt> {
    const asked = blockOf({ cmd: '/f', args: { file, i, await: from?.ran ?? null } })
    const task = blockOf({ cmd: '/f', args: { file, i, from: from?.cid ?? null } })
    const large = blockOf({ of: task.cid, text: 'large'.repeat(100) })
    const profile = 'p'
    const names = { ran: asked.cid, as: task.cid, ...(from && { from: [from.cid] }) }
    const receipt = await issueReceipt({ ...names, out: { ok: large.cid }, profile, exp: null }, bob)
    const record = { label: `t${i}`, task: asked.cid, how: 'ran', receipt: receipt.cid, milliseconds: 1 } as const
    await this.store.commit({
      blocks: [asked, task, large],
      receipts: [receipt],
      results: [asked, task].map(({ cid }) => ({ name: cid, profile, receipt: receipt.cid })),
      taskSettled: { run, task: record },
    })
    this.receipts.push(receipt)
    return receipt
  }

  collect(options: Partial<RetentionOptions> = {}) {
    return collectGarbage(this.store, {
      now: this.now,
      isUnderWay: ({ end, owner }) => !end && owner === 'me',
      ...options,
    })
  }

  async has(...cids: readonly (CID | undefined)[]): Promise<boolean[]> {
    return Promise.all(cids.map(async cid => cid !== undefined && (await this.store.hasBlock(cid))))
  }
}

/** What is linked to from here and was ever stored, and is not there. Everything that is linked to was stored here. */
async function missing(
  store: Store,
  roots: readonly CID[],
  except: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const gone: string[] = []
  const seen = new Set<string>()
  const pending = [...roots]
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (seen.has(cid.toString()) || except.has(cid.toString())) continue
    seen.add(cid.toString())
    const bytes = await store.block(cid)
    if (bytes) pending.push(...linksOf({ cid, bytes }))
    else gone.push(cid.toString())
  }
  return gone
}

/** Everything that a person could ask for: pins, runs with their receipts, receipts and the index of results. */
async function unreadable(store: Store, except?: ReadonlySet<string>): Promise<string[]> {
  const roots = [...(await store.pins()), ...(await all(page => store.listReceipts(page), 10))]
  for await (const { run, workflow } of eachRun(store, 3)) {
    const record = await store.run(run)
    roots.push(run, workflow, ...(record?.settled ?? []).map(({ receipt }) => receipt))
  }
  return missing(store, roots, except)
}

test('without a quota only what nothing refers to goes, and not before it was unused for a week', async () => {
  const shelf = new Shelf()
  const loose = await shelf.putFile(1)
  const { last } = await shelf.run(2, 3)
  expect((await shelf.collect()).removed.blocks).toBe(0)
  shelf.now += week
  const young = await shelf.putFile(3)
  const { removed, before } = await shelf.collect()
  expect([removed.blocks, removed.receipts]).toEqual([1, 0])
  expect(before.receipts).toBe(3)
  expect(await shelf.has(loose, young, last?.cid)).toEqual([false, true, true])
  expect(await unreadable(shelf.store)).toEqual([])
})

test('where a quota is crossed, what was used longest ago goes first; what is pinned stays, and all it needs', async () => {
  const shelf = new Shelf()
  const [a, b, c] = [await shelf.run(1, 4), await shelf.run(2, 4), await shelf.run(3, 4)]
  await shelf.store.commit({ pinned: [a.workflow] })
  shelf.now += week
  const plan = await shelf.collect({ receiptsMax: 8, isDryRun: true })
  expect(await shelf.has(a.last?.cid, b.last?.cid, c.last?.cid)).toEqual([true, true, true])
  const done = await shelf.collect({ receiptsMax: 8 })
  expect(done).toEqual(plan)
  expect(done).toMatchObject({ removed: { receipts: 4 }, runs: 1, isOverQuota: false })
  expect(await shelf.has(a.last?.cid, b.last?.cid, c.last?.cid, b.file, b.workflow)).toEqual([
    true,
    false,
    true,
    false,
    false,
  ])
  expect(await shelf.store.run(b.run)).toBeUndefined()
  expect(b.last && (await shelf.store.resultsFor(b.last.ran, 'p'))).toEqual([])
  expect(await unreadable(shelf.store)).toEqual([])
  await shelf.store.commit({ unpinned: [a.workflow] })
  expect(await shelf.collect({ bytesMax: 0 })).toMatchObject({ runs: 2, isOverQuota: false })
  expect((await shelf.store.listBlocks({ limit: 1 })).items).toEqual([])
})

test('a receipt that goes on being used stays, however old it is; so does what it was made from', async () => {
  const shelf = new Shelf()
  const old = await shelf.run(1, 3)
  await shelf.run(2, 3)
  shelf.now += week
  // A later run reuses the old one's last receipt.
  const later = await shelf.run(3, 1, { from: old.last })
  shelf.now += week
  await shelf.collect({ receiptsMax: 4 })
  expect((await shelf.store.listReceipts({ limit: 9 })).items.length).toBe(4)
  expect(await shelf.has(old.last?.cid, later.last?.cid)).toEqual([true, true])
  expect(await unreadable(shelf.store)).toEqual([])
})

test('what a run under way may come to need stays: as long as it goes on no receipt goes', async () => {
  const shelf = new Shelf()
  const old = await shelf.run(1, 3)
  const going = await shelf.run(2, 1, { isUnderWay: true })
  const loose = await shelf.putFile(9)
  shelf.now += 2 * week
  const done = await shelf.collect({ bytesMax: 0 })
  expect(done).toMatchObject({ heldBy: 'runs under way', isOverQuota: true, removed: { blocks: 1, receipts: 0 } })
  expect(await shelf.has(old.last?.cid, going.file, loose)).toEqual([true, true, false])
})

test('a run that begins meanwhile ends it; nothing that it may need goes after that', async () => {
  const shelf = new Shelf()
  await shelf.run(1, 3)
  shelf.now += week
  const { store } = shelf
  const pins = store.pins
  store.pins = async () => {
    await shelf.run(2, 1)
    return pins()
  }
  expect(await shelf.collect({ bytesMax: 0 })).toMatchObject({ heldBy: 'a run that began', removed: { blocks: 0 } })
  expect(await unreadable(store)).toEqual([])
})

test('revocations stay, and what was used just now', async () => {
  const shelf = new Shelf()
  const revocation = await revokeName(nameOf('delegation'), bob)
  await shelf.store.commit({ revocations: [revocation] })
  shelf.now += week
  const { last } = await shelf.run(1, 1)
  expect(await shelf.collect({ bytesMax: 0 })).toMatchObject({ isOverQuota: true, removed: { blocks: 0 } })
  await shelf.collect({ bytesMax: 0, unusedSeconds: 0 })
  expect(await shelf.has(revocation.cid, last?.cid)).toEqual([true, false])
})

type Step = readonly [kind: 'file' | 'run' | 'on' | 'pin' | 'unpin' | 'wait' | 'gc', n: number, quota: number]

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('file', 'run', 'run', 'on', 'pin', 'pin', 'unpin', 'wait', 'gc', 'gc'),
  fc.nat(30),
  fc.nat(30_000),
)

async function take(shelf: Shelf, [kind, n, quota]: Step): Promise<void> {
  const { store, workflows, files, receipts } = shelf
  const pinnable = [...workflows, ...files, ...receipts.map(({ cid }) => cid)]
  const one = pinnable[n % Math.max(1, pinnable.length)]
  if (kind === 'file') await shelf.putFile(n)
  if (kind === 'run') await shelf.run(n, (n % 4) + 1)
  if (kind === 'on') {
    const from = receipts[n % Math.max(1, receipts.length)]
    await shelf.run(n + 100, 2, from && (await store.hasBlock(from.cid)) ? { from } : {})
  }
  if (kind === 'pin' && one && (await store.hasBlock(one))) await store.commit({ pinned: [one] })
  if (kind === 'unpin' && one) await store.commit({ unpinned: [one] })
  if (kind === 'wait') shelf.now += n * 3600
  if (kind === 'gc')
    await shelf.collect(
      n % 3 === 0 ? {} : n % 3 === 1 ? { bytesMax: quota } : { receiptsMax: n, unusedSeconds: n * 100 },
    )
}

test.each([
  ['a memory store', 60, openMemoryStore],
  ['a SQLite store', 15, (options: { now: () => number }) => openSqliteStore(':memory:', options)],
])(
  'whatever is put, run, pinned and collected in %s, all that is pinned or kept can be read',
  async (_name, numRuns, open) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async steps => {
        const shelf = new Shelf(open)
        for (const some of steps) {
          await take(shelf, some)
          // Names of tasks that were only awaited are links, too, and stand for nothing that is stored.
          expect(await unreadable(shelf.store)).toEqual([])
        }
        await shelf.store.close()
      }),
      { numRuns },
    )
  },
)

test('stopped after any of its steps, it has left nothing without what it needs', async () => {
  for (let stop = 0; stop < 30; stop++) {
    const shelf = new Shelf()
    const first = await shelf.run(1, 3)
    await shelf.run(2, 4, { from: first.last })
    const third = await shelf.run(3, 2)
    await shelf.store.commit({ pinned: [third.workflow] })
    shelf.now += week
    const remove = shelf.store.remove
    let steps = 0
    shelf.store.remove = async removal => {
      if (steps++ === stop) throw new Error('the power fails')
      return remove(removal)
    }
    await shelf.collect({ bytesMax: 0, stepItems: 1 }).catch(() => {})
    expect(await unreadable(shelf.store)).toEqual([])
  }
})

test('the same store and the same quota let the same things go in the same order', async () => {
  const order = async () => {
    const shelf = new Shelf()
    for (let n = 0; n < 6; n++) await shelf.run(n, 2)
    shelf.now += week
    const gone: string[] = []
    const remove = shelf.store.remove
    shelf.store.remove = async removal => {
      const { runs = [], receipts = [], blocks = [] } = removal
      gone.push(...[...runs, ...receipts, ...blocks].map(String))
      return remove(removal)
    }
    await shelf.collect({ receiptsMax: 5 })
    return gone
  }
  const gone = await order()
  expect(gone.length).toBeGreaterThan(8)
  expect(await order()).toEqual(gone)
})

test('what cannot be decoded links to nothing, and does not stop it', async () => {
  const shelf = new Shelf()
  const damaged: Block = { cid: nameOf('x'), bytes: Uint8Array.of(255) }
  await shelf.store.commit({ blocks: [damaged], pinned: [damaged.cid] })
  shelf.now += week
  await shelf.collect({ bytesMax: 0 })
  expect(await shelf.has(damaged.cid)).toEqual([true])
})
