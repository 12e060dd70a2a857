import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from '@ipvm/ipld'
import type { JournalEntry, Store } from '@ipvm/store'

/** How long a journal is left alone before it is looked at again, milliseconds. */
const pauseMilliseconds = 100

/** What a run's journal has, and what comes to it until the run ends or `signal` aborts: also where another process runs it. */
export async function* journalOf(
  store: Store,
  run: CID,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<readonly JournalEntry[], void, undefined> {
  let after = 0
  let isLastLook = !follow
  while (!signal.aborted) {
    const entries = await store.journal(run, after)
    if (entries.length > 0) yield entries
    after = entries.at(-1)?.seq ?? after
    if (isLastLook || entries.at(-1)?.event.type === 'ended') return
    if (entries.length > 0) continue
    // It may have ended between the two looks: then there is one more.
    isLastLook = await hasEnded(store, run)
    if (!isLastLook) await wait(pauseMilliseconds, undefined, { signal }).catch(() => {})
  }
}

async function hasEnded(store: Store, run: CID): Promise<boolean> {
  return (await store.openRuns()).every(open => !open.run.equals(run))
}
