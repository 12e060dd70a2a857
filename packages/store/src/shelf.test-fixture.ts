import { blockOf, fileBlocks, linksOf, type CID } from '@ipvm/ipld'
import { bob, carol } from '@ipvm/testing'
import { invoke, issueReceipt, type Receipt } from '@ipvm/ucan'
import { openMemoryStore } from './memory/store.ts'
import { collectGarbage, type RetentionOptions } from './retention/collect.ts'
import { all } from './retention/pages.ts'
import { eachRun } from './retention/runs.ts'
import type { Store } from './store.ts'

const amounts = { gas: 1, memory: 2, output: 3, disk: 4, time: 0.5 }

/** A store whose clock a story moves, with things in it that look like those of a node. */
export class Shelf {
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
    const started = { run, invocation: run, delegations: prf, workflow: document.cid, tasks, at: this.now, owner: 'me' }
    await this.store.commit({ blocks: [document, envelope, proof.envelope], runStarted: started })
    let last = from
    for (let i = 0; i < tasks; i++) {
      last = await this.#settle(run, i, file, last)
      this.now += 1
    }
    const ended = { run, seq: tasks + 1, at: this.now * 1000, event: { type: 'ended', end: 'ok' } } as const
    if (!isUnderWay) await this.store.commit({ journal: [ended] })
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
    const event = { type: 'settled', label: `t${i}`, task: asked.cid, how: 'ran', receipt: receipt.cid } as const
    const entry = { run, seq: i + 1, at: this.now * 1000, event: { ...event, milliseconds: 1.5 } }
    await this.store.commit({
      blocks: [asked, task, large],
      receipts: [receipt],
      results: [asked, task].map(({ cid }) => ({ name: cid, profile, receipt: receipt.cid })),
      journal: [entry],
      reports: [{ receipt: receipt.cid, used: amounts, limits: amounts, log: `line ${i}` }],
    })
    this.receipts.push(receipt)
    return receipt
  }

  collect(options: Partial<RetentionOptions> = {}) {
    return collectGarbage(this.store, { now: this.now, ...options })
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

/** Everything that a person could ask for: pins, names, runs with their receipts, receipts and the index of results. */
export async function unreadable(store: Store, except?: ReadonlySet<string>): Promise<string[]> {
  const local = (await store.localNames()).map(({ record }) => record)
  const roots = [...(await store.pins()), ...(await store.listNames()), ...local]
  roots.push(...(await all(page => store.listReceipts(page), 10)))
  for await (const { run, workflow } of eachRun(store, 3)) {
    const record = await store.run(run)
    roots.push(run, workflow, ...(record?.settled ?? []).map(({ receipt }) => receipt))
  }
  return missing(store, roots, except)
}
