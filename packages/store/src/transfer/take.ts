import { CID, type Result, type Value } from '@ipvm/ipld'
import {
  decodeInvocation,
  readReceipt,
  readRevocation,
  resolvedName,
  verifyEnvelope,
  type Receipt,
  type Revocation,
} from '@ipvm/ucan'
import { readName, type NameRecord } from '@ipvm/ucan/name'
import type { Did } from '@ipvm/varsig'
import { importBatchBlocksMax } from '../limits.ts'
import type { ReportRecord, ResultIndex, Store } from '../store.ts'
import { damagedExport, type DamagedExport, type ExportRecord } from './record.ts'
import { readReport, readRun, type ImportedRun } from './rows.ts'

/** What was taken from records. */
export class Taken {
  receipts = 0
  newReceipts = 0
  runs = 0
  newRuns = 0
  readonly executors = new Map<Did, number>()
  #pending: Promise<void>[] = []

  /** Notes what is being written; waited for is every so often, since many share one wait for the disk. */
  async writing(written: Promise<void>): Promise<void> {
    written.catch(() => {})
    this.#pending.push(written)
    if (this.#pending.length >= importBatchBlocksMax) await this.written()
  }

  /** Resolves when all of it is on the disk. */
  async written(): Promise<void> {
    const pending = this.#pending
    this.#pending = []
    await Promise.all(pending)
  }
}

/** Who runs a run that was imported: nobody here. */
const importedOwner = 'import'

/** Takes one record into the store, its blocks being there. A kind that is not known is of a later version, and passed over. */
export async function takeRecord(
  store: Store,
  { kind, content }: ExportRecord,
  taken: Taken,
): Promise<DamagedExport | undefined> {
  if (kind === 'run') return takeRun(store, content, taken)
  if (!['receipts', 'revocations', 'reports', 'names', 'pins'].includes(kind)) return undefined
  if (!Array.isArray(content)) return damagedExport(`its list of ${kind} is none`)
  const list: readonly Value[] = content
  if (kind === 'reports') return takeReports(store, list)
  const cids = list.filter(item => item instanceof CID)
  if (cids.length < list.length) return damagedExport(`its list of ${kind} holds what is no link`)
  if (kind === 'receipts') return takeReceipts(store, cids, taken)
  if (kind === 'revocations') return takeRevocations(store, cids)
  if (kind === 'names') return takeNames(store, cids)
  await store.commit({ pinned: cids })
  return undefined
}

async function takeReceipts(store: Store, cids: readonly CID[], taken: Taken): Promise<DamagedExport | undefined> {
  for (const cid of cids) {
    const receipt = await readToken<Receipt>(store, cid, 'receipt', readReceipt)
    if ('problem' in receipt) return receipt.problem
    const { ran, iss } = receipt.token
    const known = (await store.receiptsOf(ran)).some(other => other.equals(cid))
    taken.receipts += 1
    if (!known) taken.newReceipts += 1
    taken.executors.set(iss, (taken.executors.get(iss) ?? 0) + 1)
    const results = await resultsOf(store, receipt.token)
    await taken.writing(store.commit({ receipts: [receipt.token], results }))
  }
  return undefined
}

/**
 * What a receipt settles, by what it says itself: an index that came along could say anything. The name that was asked
 * for counts too where all that went in does so (design § Asked and resolved names).
 */
async function resultsOf(store: Store, receipt: Receipt): Promise<readonly ResultIndex[]> {
  const { cid, ran, from = [], profile, exp } = receipt
  if (profile === undefined || exp !== null) return []
  const resolved = resolvedName(receipt)
  const lasting = await Promise.all(from.map(source => isLasting(store, source)))
  const names = resolved.equals(ran) || !lasting.every(Boolean) ? [resolved] : [ran, resolved]
  return names.map(name => ({ name, profile, receipt: cid }))
}

/** Whether a receipt settles the name that it was asked for under, beyond its run. It was verified when it came. */
async function isLasting(store: Store, source: CID): Promise<boolean> {
  const bytes = await store.block(source)
  const token = bytes && decodeInvocation(bytes)
  if (!token || 'error' in token) return false
  const { ran, profile } = token.ok.args
  if (!(ran instanceof CID) || typeof profile !== 'string') return false
  return (await store.resultsFor(ran, profile)).some(known => known.equals(source))
}

async function takeRevocations(store: Store, cids: readonly CID[]): Promise<DamagedExport | undefined> {
  const revocations: Revocation[] = []
  for (const cid of cids) {
    const revocation = await readToken<Revocation>(store, cid, 'revocation', readRevocation)
    if ('problem' in revocation) return revocation.problem
    revocations.push(revocation.token)
  }
  await store.commit({ revocations })
  return undefined
}

/** Records of names, each signed by whose name it is. Of two with one number the store keeps the one that it has. */
async function takeNames(store: Store, cids: readonly CID[]): Promise<DamagedExport | undefined> {
  const names: NameRecord[] = []
  for (const cid of cids) {
    const name = await readToken<NameRecord>(store, cid, 'name record', readName)
    if ('problem' in name) return name.problem
    names.push(name.token)
  }
  await store.commit({ names })
  return undefined
}

async function readToken<T>(
  store: Store,
  cid: CID,
  what: string,
  read: (bytes: Uint8Array) => Promise<Result<T>>,
): Promise<{ readonly token: T } | { readonly problem: DamagedExport }> {
  const bytes = await store.block(cid)
  if (!bytes) return { problem: damagedExport(`the ${what} ${cid} is named in it, and missing`) }
  const token = await read(bytes)
  if ('ok' in token) return { token: token.ok }
  return { problem: damagedExport(`the ${what} ${cid} in it does not verify: ${token.error.message}`) }
}

/** Reports are facts about runs, which nobody signs; one of our own is not replaced. */
async function takeReports(store: Store, list: readonly Value[]): Promise<DamagedExport | undefined> {
  const reports: ReportRecord[] = []
  for (const value of list) {
    const report = readReport(value)
    if (!report) return damagedExport('a report in it cannot be read')
    if (!(await store.report(report.receipt))) reports.push(report)
  }
  await store.commit({ reports })
  return undefined
}

async function takeRun(store: Store, value: Value, taken: Taken): Promise<DamagedExport | undefined> {
  const record = readRun(value)
  if (!record) return damagedExport('a run in it cannot be read')
  const problem = await runProblem(store, record)
  if (problem) return damagedExport(`the run ${record.run} in it ${problem}`)
  const known = await store.run(record.run)
  taken.runs += 1
  if (!known) taken.newRuns += 1
  // An import that was cut off is taken up again; a run that was begun here is our own.
  if (!known || known.owner === importedOwner) await taken.writing(writeRun(store, record))
  return undefined
}

async function writeRun(store: Store, record: ImportedRun): Promise<void> {
  const { settled, end, endedAt = 0, ...started } = record
  const { run } = started
  await Promise.all([
    store.commit({ runStarted: { ...started, owner: importedOwner } }),
    ...settled.map(task => store.commit({ taskSettled: { run, task } })),
    ...(end ? [store.commit({ runEnded: { run, at: endedAt, end } })] : []),
  ])
}

/** A run was asked for by whom its invocation says; how it went is told by receipts that are here. */
async function runProblem(store: Store, { run, workflow, settled }: ImportedRun): Promise<string | undefined> {
  const bytes = await store.block(run)
  const invocation = bytes && decodeInvocation(bytes)
  if (!invocation || 'error' in invocation) return 'has no invocation'
  const { args, envelope } = invocation.ok
  if (!(args.workflow instanceof CID && args.workflow.equals(workflow))) return 'is of another workflow'
  const signature = await verifyEnvelope(envelope)
  if ('error' in signature) return `was not asked for by whom it says: ${signature.error.message}`
  for (const { receipt } of settled) if (!(await store.hasBlock(receipt))) return `misses the receipt ${receipt}`
  return undefined
}
