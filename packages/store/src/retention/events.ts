import type { CID } from '@ipvm/ipld'
import type { UnixSeconds } from '@ipvm/ucan'
import { deadSeconds, deliveredSeconds, stepItemsMax } from '../limits.ts'
import type { Store } from '../store.ts'
import type { InboxState, NumberedEvent } from '../trigger.ts'

/** The events of a trigger in one state, in their order. */
export async function* eachEvent(
  store: Pick<Store, 'inbox'>,
  trigger: CID,
  state: InboxState,
): AsyncGenerator<NumberedEvent, void, undefined> {
  let after = 0
  for (;;) {
    const page = await store.inbox(trigger, state, { after, limit: stepItemsMax })
    yield* page
    const last = page.at(-1)
    if (!last) return
    after = last.number
  }
}

/** What triggers need: their documents, their workflows, and the events that were not delivered. */
export async function* triggerRoots(store: Store): AsyncGenerator<readonly CID[], void, undefined> {
  for (const { trigger, workflow } of await store.triggers()) {
    yield [trigger, workflow]
    for (const state of ['waiting', 'dead'] as const) {
      for await (const { event } of eachEvent(store, trigger, state)) yield [event]
    }
  }
}

/**
 * Forgets events that nobody sends again: those delivered so long ago whose runs came to a good end, and those dead that
 * nobody cared for. How many that were.
 */
export async function forgetEvents(store: Store, now: UnixSeconds): Promise<number> {
  let count = 0
  for (const { trigger } of await store.triggers()) {
    for (const [state, seconds] of [
      ['delivered', deliveredSeconds],
      ['dead', deadSeconds],
    ] as const) {
      const old = await oldEvents(store, trigger, state, (now - seconds) * 1000)
      for (let at = 0; at < old.length; at += stepItemsMax) {
        await store.commit({ forgotten: old.slice(at, at + stepItemsMax) })
      }
      count += old.length
    }
  }
  return count
}

async function oldEvents(store: Store, trigger: CID, state: InboxState, before: number) {
  const old: NumberedEvent[] = []
  for await (const event of eachEvent(store, trigger, state)) {
    // They are in the order in which they came.
    if (event.at >= before) break
    const run = state === 'delivered' && event.run ? await store.run(event.run) : undefined
    const isDone = !run || run.end === 'ok' || event.at < before - (deadSeconds - deliveredSeconds) * 1000
    if (isDone) old.push(event)
  }
  return old
}
