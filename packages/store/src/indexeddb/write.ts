import { encode, type Block } from '@ipvm/ipld'
import { resolvedName, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment } from '@ipvm/varsig'
import type { Removal } from '../housekeeping.ts'
import { usedStepSeconds } from '../limits.ts'
import type { Change } from '../store.ts'
import { asked } from './asked.ts'
import { noteChange, writeEvents } from './events.ts'
import { note, removeRun, startRun } from './journal.ts'
import type { IndexedDbPlatform, ObjectStore } from './platform.ts'
import {
  kvKey,
  type StoredEquivocation,
  type StoredIntent,
  type StoredName,
  type StoredRequest,
  type StoredResult,
  type StoredRun,
  type StoredSchedule,
  type StoredUse,
  type StoreOf,
} from './rows.ts'

/** Writes a change at the time `now`, inside of the caller's transaction. */
export async function writeChange(
  store: StoreOf,
  change: Change,
  now: UnixSeconds,
  platform: IndexedDbPlatform,
): Promise<void> {
  const { depth = 0 } = change
  for (const block of change.blocks ?? []) await putBlock(store, block, now)
  for (const receipt of change.receipts ?? []) {
    await putBlock(store, receipt, now)
    const [cid, ran, resolved] = [receipt.cid, receipt.ran, resolvedName(receipt)].map(String)
    await addOnce(store('receipts'), 'cid', cid, { cid, ran, resolved, ...(depth > 0 && { depth }) })
  }
  for (const { receipt, ...report } of change.reports ?? []) store('reports').put(report, receipt.toString())
  for (const { name, profile, receipt } of change.results ?? []) {
    const row: StoredResult = { name: name.toString(), profile, receipt: receipt.toString() }
    if (await isRefuted(store, row.receipt)) continue
    await addOnce(store('results'), 'entry', [row.name, profile, row.receipt], row)
  }
  for (const { task, profile, receipts } of change.equivocations ?? []) {
    for (const receipt of receipts) {
      const row: StoredEquivocation = { task: task.toString(), profile, receipt: receipt.toString() }
      await addOnce(store('equivocations'), 'entry', [row.task, profile, row.receipt], row)
    }
  }
  for (const receipt of change.refuted ?? []) await refute(store, receipt.toString())
  for (const revocation of change.revocations ?? []) {
    await putBlock(store, revocation, now)
    const { cid, revoke, iss } = revocation
    const row = { revoked: revoke.toString(), revoker: withoutFragment(iss), token: cid.toString() }
    await addOnce(store('revocations'), 'entry', [row.revoked, row.revoker], row)
  }
  for (const record of change.names ?? []) {
    await putBlock(store, record, now)
    const { cid, iss, name, seq } = record
    const row: StoredName = { iss: withoutFragment(iss), name, seq, record: cid.toString() }
    await addOnce(store('names'), 'entry', [row.iss, name, seq], row)
  }
  for (const { mod, map } of change.sourceMaps ?? []) store('sourceMaps').put(map.toString(), mod.toString())
  for (const { local, record } of change.localNames ?? []) store('localNames').put(record.toString(), local)
  for (const [alias, name] of change.aliases ?? []) store('aliases').put(name.toString(), alias.toString())
  for (const pin of change.pinned ?? []) store('pins').put(true, pin.toString())
  for (const pin of change.unpinned ?? []) store('pins').delete(pin.toString())
  for (const executor of change.trusted ?? []) store('trusted').put(true, withoutFragment(executor))
  for (const executor of change.untrusted ?? []) store('trusted').delete(withoutFragment(executor))
  await writeDoing(store, change, platform.IDBKeyRange)
  await writeEvents(store, change, platform)
}

/** A receipt was found to be wrong: it settles nothing any more. */
async function refute(store: StoreOf, receipt: string): Promise<void> {
  const equivocations = store('equivocations')
  for (const number of await asked(equivocations.index('receipt').getAllKeys(receipt))) {
    const row = (await asked(equivocations.get(number))) as StoredEquivocation
    await asked(equivocations.put({ ...row, refuted: true }, number))
  }
  await removeAll(store('results'), 'receipt', receipt)
  await asked(store('notes').put((await countRemovals(store)) + 1, removalsNote))
}

async function isRefuted(store: StoreOf, receipt: string): Promise<boolean> {
  const rows = (await asked(store('equivocations').index('receipt').getAll(receipt))) as readonly StoredEquivocation[]
  return rows.some(({ refuted }) => refuted)
}

async function writeDoing(store: StoreOf, change: Change, ranges: KeyRanges): Promise<void> {
  if (change.runStarted) await startRun(store, change.runStarted)
  if (change.journal) await note(store, ranges, change.journal)
  for (const { task, run, ...rest } of change.intents ?? []) {
    const row: StoredIntent = { ...rest, task: task.toString(), run: run.toString() }
    await putAs(store('intents'), 'task', row.task, row)
  }
  for (const task of change.concluded ?? []) await removeAll(store('intents'), 'task', task.toString())
  for (const { run, request } of change.requests ?? []) {
    const row: StoredRequest = { run: run.toString(), request: encode({ ...request }).slice() }
    store('requests').put(row)
  }
  for (const number of change.taken ?? []) store('requests').delete(number)
  for (const { schedule, workflow, ...rest } of change.schedules ?? []) {
    const row: StoredSchedule = { ...rest, schedule: schedule.toString(), workflow: workflow.toString() }
    await putAs(store('schedules'), 'schedule', row.schedule, row)
  }
  for (const schedule of change.unscheduled ?? []) await removeAll(store('schedules'), 'schedule', schedule.toString())
  for (const { key, value, version } of change.kv ?? []) {
    const bytes = kvKey(key)
    await noteChange(store, { key, version, depth: change.depth ?? 0 })
    if (value) {
      store('kv').put({ value: value.slice(), version }, bytes)
      store('kvGone').delete(bytes)
    } else {
      store('kvGone').put(version, bytes)
      store('kv').delete(bytes)
    }
  }
  for (const cid of change.secrets ?? []) store('secrets').put(true, cid.toString())
}

/** Counts the changes of all who write to the database. */
export async function countWrite(store: StoreOf): Promise<void> {
  await asked(store('notes').put((await writes(store)) + 1, writesNote))
}

/** How many changes were written, by whomever. */
export async function writes(store: StoreOf): Promise<number> {
  return Number((await asked(store('notes').get(writesNote))) ?? 0)
}

/** How often something was removed, by whomever. */
export async function countRemovals(store: StoreOf): Promise<number> {
  return Number((await asked(store('notes').get(removalsNote))) ?? 0)
}

const writesNote = 'writes'
const removalsNote = 'removals'

type KeyRanges = IndexedDbPlatform['IDBKeyRange']

/** Lets go of things, inside of the caller's transaction; false where a run was started since that was decided. */
export async function writeRemoval(store: StoreOf, removal: Removal, ranges: KeyRanges): Promise<boolean> {
  const { newestRun, usedBefore, runs = [], receipts = [], blocks = [] } = removal
  const newest = (await asked(store('runs').openCursor(undefined, 'prev')))?.value as StoredRun | undefined
  if (newest?.run !== newestRun?.toString()) return false
  await asked(store('notes').put((await countRemovals(store)) + 1, removalsNote))
  for (const run of runs) await removeRun(store, ranges, run)
  for (const receipt of receipts) {
    const cid = receipt.toString()
    await removeAll(store('results'), 'receipt', cid)
    await removeAll(store('equivocations'), 'receipt', cid)
    await removeAll(store('receipts'), 'cid', cid)
    for (const name of ['reports', 'secrets'] as const) store(name).delete(cid)
    removeBlock(store, cid)
  }
  for (const block of blocks) {
    const use = (await asked(store('uses').get(block.toString()))) as StoredUse | undefined
    if (!use || use.used >= usedBefore) continue
    removeBlock(store, block.toString())
    for (const name of ['sourceMaps', 'secrets'] as const) store(name).delete(block.toString())
  }
  return true
}

/** What is there already is not written again, unless it was damaged; nor is when it was used, unless that is old. */
async function putBlock(store: StoreOf, { cid, bytes }: Block, now: UnixSeconds): Promise<void> {
  const key = cid.toString()
  const known = await asked(store('blocks').get(key))
  const isWhole = known instanceof Uint8Array && isSame(known, bytes)
  // A view would be stored with all of the memory that it is a view of.
  if (!isWhole) await asked(store('blocks').put(bytes.slice(), key))
  const use = (await asked(store('uses').get(key))) as StoredUse | undefined
  const isRecent = use !== undefined && use.used >= now - usedStepSeconds
  if (!isWhole || !isRecent) await asked(store('uses').put({ size: bytes.length, used: now }, key))
}

async function addOnce(store: ObjectStore, index: string, key: unknown, row: object): Promise<void> {
  if ((await asked(store.index(index).getKey(key))) === undefined) await asked(store.put(row))
}

/** Puts a row in place of the one that an index finds under a key, or as a new one. */
async function putAs(store: ObjectStore, index: string, key: string, row: object): Promise<void> {
  await asked(store.put(row, await asked(store.index(index).getKey(key))))
}

async function removeAll(store: ObjectStore, index: string, key: string): Promise<void> {
  for (const number of await asked(store.index(index).getAllKeys(key))) store.delete(number)
}

function removeBlock(store: StoreOf, cid: string): void {
  store('blocks').delete(cid)
  store('uses').delete(cid)
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
