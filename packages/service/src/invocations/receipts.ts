import { CID, cidKey, ok, type Result, type Value } from '@ipvm/ipld'
import type { Refusal } from '@ipvm/network'
import { settledBy, type Store } from '@ipvm/store'
import { readReceipt, resolvedName, type Receipt } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import { receiptsAnsweredMax, tasksAskedMax, tasksWaitedMax, untrustedResultsMax } from '../limits.ts'
import type { Handler, IncomingInvocation, Reply } from './handler.ts'
import { malformedArguments, refused } from './refusal.ts'
import { valuesOf } from './values.ts'

/** For how long somebody waits, and whether they still do. */
export type Patience = Pick<IncomingInvocation, 'wait' | 'signal'>

/** `/receipt/read {task}` or `{tasks}`: the receipts of tasks; those of one that has none yet are waited for. */
export function receiptReader(context: ServiceContext, waitedMax = tasksWaitedMax): Handler {
  let waited = 0
  return {
    answer: async asked => {
      const tasks = tasksIn(asked.invocation.args)
      if (!tasks)
        return malformedArguments('/receipt/read', `{task: link} or {tasks: [links]}, at most ${tasksAskedMax}`)
      const wait = waited + tasks.length > waitedMax ? 0 : asked.wait
      waited += tasks.length
      const patience = { wait, signal: asked.signal }
      const found = await Promise.all(tasks.map(task => receiptsOf(task, patience, context))).finally(() => {
        waited -= tasks.length
      })
      const receipts = found.flat().slice(0, receiptsAnsweredMax)
      return ok({ receipts, blocks: await valuesOf(receipts, context, asked.room) })
    },
  }
}

/** The receipts of a task, oldest first, waited for where there are none. None that is secret. */
export async function receiptsOf(
  task: CID,
  { wait, signal }: Patience,
  context: ServiceContext,
): Promise<readonly Uint8Array[]> {
  if (wait <= 0 || signal.aborted) return storedReceipts(task, context)
  // IncomingInvocation for before it is looked for: it might come between the two.
  let came = Promise.withResolvers<'came'>()
  const over = Promise.withResolvers<'over'>()
  const name = (await context.store.aliased(task)) ?? task
  const listen = (cid: CID) => context.runtime().onReceipt(cid, () => came.resolve('came'))
  const stops = [listen(task), ...(name.equals(task) ? [] : [listen(name)])]
  const end = () => over.resolve('over')
  const cancel = context.world.after(wait, end)
  signal.addEventListener('abort', end)
  try {
    for (;;) {
      const found = await storedReceipts(task, context)
      if (found.length > 0) return found
      if ((await Promise.race([came.promise, over.promise])) === 'over') return storedReceipts(task, context)
      came = Promise.withResolvers()
    }
  } finally {
    for (const stop of stops) stop()
    cancel()
    signal.removeEventListener('abort', end)
  }
}

async function storedReceipts(task: CID, { store }: ServiceContext): Promise<readonly Uint8Array[]> {
  const alias = await store.aliased(task)
  const found = new Map<string, Uint8Array>()
  for (const name of alias ? [task, alias] : [task]) {
    if (await store.isSecret(name)) continue
    for (const receipt of await store.receiptsOf(name)) {
      if (found.has(cidKey(receipt)) || (await store.isSecret(receipt))) continue
      const bytes = await store.block(receipt)
      if (bytes) found.set(cidKey(receipt), bytes)
    }
  }
  return [...found.values()]
}

/** `/receipt/write {}`: keeps the receipts that came along; whether they count here is for the store's owner to say. */
export function receiptWriter({ store }: ServiceContext): Handler {
  return {
    answer: async ({ receipts: brought }): Promise<Result<Reply, Refusal>> => {
      const read = await Promise.all(brought.map(bytes => readReceipt(bytes)))
      const receipts = []
      for (const receipt of read) {
        if ('error' in receipt) return refused(receipt.error)
        receipts.push(receipt.ok)
      }
      // One after the other: each is held against those before it.
      for (const receipt of receipts) {
        const settled = (await isHeard(receipt, store)) ? await settledBy(store, receipt) : {}
        await store.commit({ receipts: [receipt], ...settled })
      }
      return ok({ out: { ok: { kept: receipts.length } } })
    },
  }
}

/**
 * Whether what a receipt says is found by the name of its task. Of those who do not count here some are: more would make the
 * work of whoever looks for the task, and anybody makes as many keys as they like.
 */
async function isHeard(receipt: Receipt, store: Store): Promise<boolean> {
  const { iss, profile } = receipt
  if (profile === undefined || (await store.trusts(iss))) return true
  return (await store.resultsFor(resolvedName(receipt), profile)).length < untrustedResultsMax
}

function tasksIn({ task, tasks, ...rest }: Readonly<Record<string, Value>>): readonly CID[] | undefined {
  if (Object.keys(rest).length > 0) return undefined
  if (task instanceof CID && tasks === undefined) return [task]
  if (task !== undefined || !Array.isArray(tasks) || tasks.length > tasksAskedMax) return undefined
  const list: readonly Value[] = tasks
  const cids = list.filter(item => item instanceof CID)
  return cids.length === list.length ? cids : undefined
}
