import type { CID } from '@ipvm/ipld'
import { runEvent } from './elsewhere.ts'
import { lookMilliseconds } from './limits.ts'
import type { Engine } from './run/engine.ts'
import type { RunEvent } from './run/event.ts'
import { sleep } from './run/retry.ts'

/** The events of a run as they are written down, those after the number `after`; it ends when the run has. */
export async function* follow(
  run: CID,
  engine: Engine,
  { after = 0, signal = new AbortController().signal }: { readonly after?: number; readonly signal?: AbortSignal },
): AsyncGenerator<RunEvent, void, undefined> {
  let last = after
  while (!signal.aborted) {
    const entries = await engine.store.journal(run, last)
    for (const entry of entries) {
      last = entry.seq
      const event = await runEvent(entry, engine)
      if (event) yield event
    }
    const state = entries.length === 0 ? await engine.store.run(run) : undefined
    if (state?.end !== undefined && state.seq <= last) return
    if (entries.length > 0) continue
    await sleep(lookMilliseconds, engine.world, signal).catch(() => {})
  }
}
