import { CID, cidKey, type Result, type Value } from '@ipvm/ipld'
import { readReceipt, readRevocation, type Receipt, type Revocation } from '@ipvm/ucan'
import { readName, type NameRecord } from '@ipvm/ucan/name'
import type { KvEntry, ScheduleRecord } from '../journal.ts'
import { settledBy } from '../settled-by.ts'
import type { ReportRecord, Store } from '../store.ts'
import { damagedExport, type DamagedExport, type ExportRecord } from './record.ts'
import { readKv, readReport, readSchedule } from './rows.ts'
import { takeJournal, takeRun } from './take-run.ts'
import type { Taken } from './taken.ts'

const lists: readonly string[] = [
  ...['receipts', 'revocations', 'reports', 'names', 'pins'],
  ...['journal', 'schedules', 'kv'],
]

/** Takes one record into the store, its blocks being there. A kind that is not known is of a later version, and passed over. */
export async function takeRecord(
  store: Store,
  { kind, content }: ExportRecord,
  taken: Taken,
): Promise<DamagedExport | undefined> {
  if (kind === 'run') return takeRun(store, content, taken)
  if (kind === 'secrets') taken.secrets = Number(content)
  if (!lists.includes(kind)) return undefined
  if (!Array.isArray(content)) return damagedExport(`its list of ${kind} is none`)
  const list: readonly Value[] = content
  if (kind === 'reports') return takeReports(store, list)
  if (kind === 'journal') return takeJournal(store, list, taken)
  if (kind === 'schedules') return takeSchedules(store, list)
  if (kind === 'kv') return takeValues(store, list)
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
    await taken.writing(store.commit({ receipts: [receipt.token], ...(await settledBy(store, receipt.token)) }))
  }
  return undefined
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

/** Schedules are over here, until somebody says otherwise: on two machines they would be run twice. */
async function takeSchedules(store: Store, list: readonly Value[]): Promise<DamagedExport | undefined> {
  const known = new Set((await store.schedules()).map(({ schedule }) => cidKey(schedule)))
  const schedules: ScheduleRecord[] = []
  for (const value of list) {
    const schedule = readSchedule(value)
    if (!schedule) return damagedExport('a schedule in it cannot be read')
    if (!known.has(cidKey(schedule.schedule))) schedules.push(schedule)
  }
  await store.commit({ schedules })
  return undefined
}

/** Values under keys that this store never had; one of our own is not replaced. */
async function takeValues(store: Store, list: readonly Value[]): Promise<DamagedExport | undefined> {
  const kv: KvEntry[] = []
  for (const value of list) {
    const entry = readKv(value)
    if (!entry) return damagedExport('a value of a key in it cannot be read')
    if ((await store.kvVersion(entry.key)) === 0) kv.push(entry)
  }
  await store.commit({ kv })
  return undefined
}
