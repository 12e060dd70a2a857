import { ok, type Result } from '@ipvm/ipld'
import type { JournalEntry, RunState } from '@ipvm/store'
import type { VerifiedTokens } from '@ipvm/ucan'
import type { Engine } from '../engine/engine.ts'
import { runTasks } from '../run/task.ts'
import { load, type Loaded } from '../submission/load.ts'
import { Past, type PutBack } from '../submission/past.ts'
import type { RequestFailure } from './requests.ts'

/** A run's tasks where its journal left them. */
export interface Restored extends PutBack {
  readonly loaded: Loaded
  readonly past: Past
  readonly spawned: { count: number }
}

/** Reads a run and its journal. Failure: that it cannot be read. */
export async function restore(
  state: RunState,
  engine: Engine,
  verified: VerifiedTokens,
): Promise<Result<Restored, RequestFailure>> {
  const loaded = await load(state, engine, verified)
  if ('error' in loaded) {
    return { error: { name: 'DamagedRun', message: `${state.run} cannot go on: ${loaded.error.message}` } }
  }
  return ok(await putBack(loaded.ok, await engine.store.journal(state.run), engine))
}

/** Puts the tasks of a run where its journal left them. */
export async function putBack(loaded: Loaded, entries: readonly JournalEntry[], engine: Engine): Promise<Restored> {
  const { layout, runNonce } = loaded
  const tasks = runTasks(layout.tasks, runNonce, engine.signer.did)
  const past = new Past(entries, cid => engine.memo.receipt(cid), loaded)
  const spawned = { count: 0 }
  if (entries.length === 0) return { loaded, tasks, settled: [], past, spawned }
  return { loaded, ...(await past.putBack(tasks, undefined, { engine, runNonce, spawned })), past, spawned }
}
