import { blockOf, linksOf, nameOf, type CID } from '@ipvm/ipld'
import { stepItemsMax } from '../limits.ts'
import type { Store } from '../store.ts'
import { triggerRoots } from './events.ts'
import { eachValue } from './pages.ts'

/**
 * What is needed for its own sake, and not for a run or a receipt: pins, revocations, names, what is to be run later, and
 * what this node's own values refer to.
 */
export async function* rootsOf(store: Store): AsyncGenerator<readonly CID[], void, undefined> {
  // Revocations are small, and whom they are meant to stop would be glad of their loss. A name whose module is gone would
  // be of no use to anybody, and a number that is forgotten would be given twice.
  yield [...(await store.pins()), ...(await store.listRevocations()), ...(await namesOf(store))]
  // Whoever was caught would be glad, too.
  yield (await store.listEquivocations()).flatMap(({ task, receipts }) => [task, ...receipts])
  yield (await store.schedules()).flatMap(({ schedule, workflow }) => [schedule, workflow])
  yield await saidOf(store)
  yield* triggerRoots(store)
  for await (const { value } of eachValue(store, stepItemsMax)) yield linksOf({ cid: anyName, bytes: value })
}

/** The records of names, and those that local names stand for. */
async function namesOf(store: Store): Promise<readonly CID[]> {
  const local = await store.localNames()
  return [...(await store.listNames()), ...local.map(({ record }) => record)]
}

/** What people have said about runs that was not taken up yet. */
async function saidOf(store: Store): Promise<readonly CID[]> {
  const said = (await store.requests()).flatMap(({ request }) => (request.type === 'settle' ? [request.out] : []))
  return said.flatMap(out => linksOf(blockOf({ ...out })))
}

/** A name that says DAG-CBOR, where only that is asked for. */
const anyName = nameOf(null)
