import type { CID } from '@ipvm/ipld'
import type { JournalEntry, RunRecord, Settlement, Store } from '@ipvm/store'
import { printable } from '../output.ts'
import type { Thing } from './identify.ts'

/** What a run of one task wrote. */
export interface TaskLog {
  readonly receipt: CID
  /** The task's label, where several tasks are asked about. */
  readonly label?: string
  readonly log: string
}

/** What a task of a run wrote, and when it was settled. */
export interface SettledLog extends TaskLog {
  readonly label: string
  readonly task: CID
  readonly how: Settlement
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The logs of the tasks that entries of a journal settle. Of what comes of a secret, nothing is told. */
export async function logsOfEntries(store: Store, entries: readonly JournalEntry[]): Promise<readonly SettledLog[]> {
  const logs: SettledLog[] = []
  for (const { at, event } of entries) {
    if (event.type !== 'settled') continue
    const { label, task, how, receipt } = event
    const [kept] = await logsOfReceipts(store, [receipt])
    if (kept && kept.log !== '') logs.push({ ...kept, label, task, how, at })
  }
  return logs
}

/** The logs that are kept of what a CID names: a receipt's, a task's last one, those of all tasks of a run. */
export async function logsOf(store: Store, cid: CID, thing: Thing): Promise<readonly TaskLog[]> {
  switch (thing.kind) {
    case 'receipt':
      return logsOfReceipts(store, [cid])
    case 'task':
      return (await logsOfReceipts(store, await store.receiptsOf(cid))).slice(-1)
    case 'run':
      return logsOfRun(store, thing.run)
    case 'workflow': {
      const run = await store.runOf(cid)
      return run ? logsOfRun(store, run) : []
    }
    default:
      return []
  }
}

/** A log as it is read: each line behind its task where there are several. */
export function logText({ label, log }: TaskLog): string {
  const text = log.replace(/\n$/, '')
  return label === undefined ? text : text.replace(/^/gm, `${printable(label)}: `)
}

async function logsOfReceipts(store: Store, receipts: readonly CID[]): Promise<readonly TaskLog[]> {
  const logs: TaskLog[] = []
  for (const receipt of receipts) {
    const report = (await store.isSecret(receipt)) ? undefined : await store.report(receipt)
    if (report) logs.push({ receipt, log: report.log })
  }
  return logs
}

async function logsOfRun(store: Store, { settled }: RunRecord): Promise<readonly TaskLog[]> {
  const logs = await Promise.all(
    settled.map(async ({ label, receipt }) => (await logsOfReceipts(store, [receipt])).map(log => ({ ...log, label }))),
  )
  return logs.flat()
}
