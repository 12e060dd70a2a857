import { error, ok, type CID, type Result } from '@ipvm/ipld'
import type { RunRecord } from '@ipvm/store'
import { unknownRun, type RequestFailure } from '../runs/requests.ts'
import type { Engine } from '../engine/engine.ts'
import { storedWorkflow } from '../submission/check.ts'
import { place } from '../submission/place.ts'
import { wholeLayout } from './spawned.ts'
import { statusOf, type RunStatus, type StatusParts } from './status.ts'

/** Where a run and each of its tasks is. Failure: there is no such run, or what it is made of cannot be read. */
export async function runStatus(
  run: CID,
  executor: string | undefined,
  engine: Engine,
): Promise<Result<RunStatus, RequestFailure>> {
  const parts = await statusParts(run, executor, engine)
  return 'error' in parts ? parts : ok(statusOf(parts.ok))
}

/** What the status of a run is told from, as the store has it. */
export async function statusParts(
  run: CID,
  executor: string | undefined,
  engine: Engine,
): Promise<Result<StatusParts & { readonly record: RunRecord }, RequestFailure>> {
  const { store, world } = engine
  const record = await store.run(run)
  if (!record) return error(unknownRun(run))
  const workflow = await storedWorkflow(record.workflow, store)
  const layout = 'error' in workflow ? workflow : place(workflow.ok, engine)
  if ('error' in layout) {
    return error({
      name: 'DamagedRun',
      message: `how the tasks of ${run} stand cannot be told: ${layout.error.message}`,
    })
  }
  const [journal, intents] = [await store.journal(run), await store.intents()]
  const whole = await wholeLayout(layout.ok, journal, engine)
  return ok({ record, run: record, layout: whole, journal, intents, executor, now: world.date() })
}
