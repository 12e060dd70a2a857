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
    if (event.type !== 'settled' && event.type !== 'spawned') continue
    const { label, task, receipt } = event
    // Where it is settled by the same receipt, that is what tells.
    if (event.type === 'spawned' && !goesOn(event, entries)) continue
    const how = event.type === 'settled' ? event.how : 'ran'
    const [kept] = await logsOfReceipts(store, [receipt])
    if (kept && kept.log !== '') logs.push({ ...kept, label, task, how, at })
  }
  return logs
}

/** Whether another task goes on in the place of one: then its own receipt is none that settles it. */
function goesOn({ receipt }: { readonly receipt: CID }, entries: readonly JournalEntry[]): boolean {
  return !entries.some(({ event }) => event.type === 'settled' && event.receipt.equals(receipt))
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

/** A function that asked for others, and in whose place one of them went on, has its log with its own receipt. */
async function logsOfRun(store: Store, { run, settled }: RunRecord): Promise<readonly TaskLog[]> {
  const asked = new Map<string, { readonly label: string; readonly receipt: CID }>()
  for (const { event } of await store.journal(run)) {
    if (event.type === 'spawned') asked.set(event.receipt.toString(), event)
  }
  for (const { receipt } of settled) asked.delete(receipt.toString())
  const logs = await Promise.all(
    [...asked.values(), ...settled].map(async ({ label, receipt }) =>
      (await logsOfReceipts(store, [receipt])).map(log => ({ ...log, label })),
    ),
  )
  return logs.flat()
}
