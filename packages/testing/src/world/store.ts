import type { CID } from '@ipvm/ipld'
import type { Change, Claimed, Store } from '@ipvm/store'
import type { DiskWriter, SimulatedDisk } from './disk.ts'
import type { Life } from './life.ts'

/** A disk as one process sees it: the store's contract and no more, for as long as the process lives. */
export function simulatedStore(disk: SimulatedDisk, life: Life): Store {
  const { base } = disk.parts
  const writer = disk.writer(life)
  const read = <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) => life.bound(call)
  // What is no content-addressed block is read from the disk alone, after all that was written before.
  const readAll = <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    life.bound(async (...args: A) => {
      await writer.caughtUp()
      return call(...args)
    })
  return {
    ...waitingReads(disk, writer, life),
    names: read(base.names),
    sourceMap: read(base.sourceMap),
    localName: read(base.localName),
    localNames: read(base.localNames),
    revokersOf: read(base.revokersOf),
    runs: readAll(base.runs),
    run: readAll(base.run),
    runOf: readAll(base.runOf),
    openRuns: readAll(base.openRuns),
    journal: readAll(base.journal),
    intent: readAll(base.intent),
    intents: readAll(base.intents),
    requests: readAll(base.requests),
    schedules: readAll(base.schedules),
    schedule: readAll(base.schedule),
    dueSchedules: readAll(base.dueSchedules),
    triggers: readAll(base.triggers),
    inbox: readAll(base.inbox),
    inboxEvent: readAll(base.inboxEvent),
    inboxCounts: readAll(base.inboxCounts),
    cursors: readAll(base.cursors),
    receiptFeed: readAll(base.receiptFeed),
    kvFeed: readAll(base.kvFeed),
    feedEnd: readAll(base.feedEnd),
    kv: readAll(base.kv),
    kvVersion: readAll(base.kvVersion),
    kvList: readAll(base.kvList),
    listBlocks: read(base.listBlocks),
    listReceipts: read(base.listReceipts),
    listRevocations: read(base.listRevocations),
    listEquivocations: read(base.listEquivocations),
    listNames: read(base.listNames),
    listSourceMaps: read(base.listSourceMaps),
    isSecret: readAll(base.isSecret),
    receiptsOf: read(base.receiptsOf),
    equivocation: read(base.equivocation),
    pins: read(base.pins),
    trusts: read(base.trusts),
    listSecrets: read(base.listSecrets),
    remove: read(base.remove),
    removals: read(base.removals),
    claim: read(async owner => claim(disk, life, owner)),
    foreignWrites: read(async () => disk.foreignWrites(life)),
    commit: read((change: Change) => writer.commit(change)),
    close: read(async () => {}),
  }
}

type WaitingReads = Pick<Store, 'block' | 'hasBlock' | 'resultsFor' | 'report' | 'aliased'>

/** What can be read before it is on the disk. */
function waitingReads(disk: SimulatedDisk, writer: DiskWriter, life: Life): WaitingReads {
  const { base } = disk.parts
  const block = (cid: CID) => writer.fronts[0]?.block(cid) ?? writer.fronts[1]?.block(cid)
  return {
    block: life.bound(async cid => block(cid) ?? base.block(cid)),
    hasBlock: life.bound(async cid => block(cid) !== undefined || base.hasBlock(cid)),
    resultsFor: life.bound(async (name, profile) => {
      const written = await base.resultsFor(name, profile)
      return [...written, ...writer.fronts.toReversed().flatMap(front => front.resultsFor(name, profile))]
    }),
    report: life.bound(
      async receipt =>
        writer.fronts.map(front => front.report(receipt)).find(report => report !== undefined) ?? base.report(receipt),
    ),
    aliased: life.bound(
      async alias =>
        writer.fronts.map(front => front.aliased(alias)).find(name => name !== undefined) ?? base.aliased(alias),
    ),
  }
}

function claim(disk: SimulatedDisk, life: Life, owner: string): Awaited<ReturnType<Store['claim']>> {
  const { claimed, parts } = disk
  if (claimed && claimed !== life && !parts.faults.claimsForAll) return { error: claimedBy(claimed.name) }
  disk.claimed = life
  parts.trace.tell('claim', `is with ${owner}`)
  return {
    ok: {
      release: life.bound(async () => {
        if (disk.claimed === life) disk.claimed = undefined
      }),
    },
  }
}

function claimedBy(owner: string): Claimed {
  return { name: 'Claimed', message: `${owner} runs the workflows of this store`, owner }
}
