import type { Block } from '@ipvm/ipld'
import { resolvedName, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment } from '@ipvm/varsig'
import type { Removal } from '../housekeeping.ts'
import { usedStepSeconds } from '../limits.ts'
import type { Change } from '../store.ts'
import { asked } from './database.ts'
import type { ObjectStore } from './platform.ts'
import type { StoredName, StoredResult, StoredRun, StoredTask, StoredUse, StoreOf } from './rows.ts'

/** Writes a change at the time `now`, inside of the caller's transaction. */
export async function writeChange(store: StoreOf, change: Change, now: UnixSeconds): Promise<void> {
  for (const block of change.blocks ?? []) await putBlock(store, block, now)
  for (const receipt of change.receipts ?? []) {
    await putBlock(store, receipt, now)
    const row = { cid: receipt.cid.toString(), ran: receipt.ran.toString(), resolved: resolvedName(receipt).toString() }
    await addOnce(store('receipts'), 'cid', row.cid, row)
  }
  for (const { receipt, ...report } of change.reports ?? []) store('reports').put(report, receipt.toString())
  for (const { name, profile, receipt } of change.results ?? []) {
    const row: StoredResult = { name: name.toString(), profile, receipt: receipt.toString() }
    await addOnce(store('results'), 'entry', [row.name, profile, row.receipt], row)
  }
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
  await journal(store, change)
}

async function journal(store: StoreOf, { runStarted, taskSettled, runEnded }: Change): Promise<void> {
  if (runStarted) {
    const row: StoredRun = {
      ...runStarted,
      run: runStarted.run.toString(),
      workflow: runStarted.workflow.toString(),
    }
    await addOnce(store('runs'), 'run', row.run, row)
  }
  if (taskSettled) {
    const { task, receipt, ...rest } = taskSettled.task
    const row: StoredTask = {
      ...rest,
      run: taskSettled.run.toString(),
      task: task.toString(),
      receipt: receipt.toString(),
    }
    await asked(store('tasks').put(row, await asked(store('tasks').index('entry').getKey([row.run, row.label]))))
  }
  const number = runEnded && (await asked(store('runs').index('run').getKey(runEnded.run.toString())))
  if (runEnded && number !== undefined) {
    const run = (await asked(store('runs').get(number))) as StoredRun
    await asked(store('runs').put({ ...run, end: runEnded.end, endedAt: runEnded.at }, number))
  }
}

/** Lets go of things, inside of the caller's transaction; false where a run was started since that was decided. */
export async function writeRemoval(store: StoreOf, removal: Removal): Promise<boolean> {
  const { newestRun, usedBefore, runs = [], receipts = [], blocks = [] } = removal
  const newest = (await asked(store('runs').openCursor(undefined, 'prev')))?.value as StoredRun | undefined
  if (newest?.run !== newestRun?.toString()) return false
  for (const run of runs) {
    await removeAll(store('tasks'), 'run', run.toString())
    await removeAll(store('runs'), 'run', run.toString())
  }
  for (const receipt of receipts) {
    const cid = receipt.toString()
    await removeAll(store('results'), 'receipt', cid)
    await removeAll(store('receipts'), 'cid', cid)
    store('reports').delete(cid)
    removeBlock(store, cid)
  }
  for (const block of blocks) {
    const use = (await asked(store('uses').get(block.toString()))) as StoredUse | undefined
    if (!use || use.used >= usedBefore) continue
    removeBlock(store, block.toString())
    store('sourceMaps').delete(block.toString())
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
