import type { CID, Value } from '@ipvm/ipld'
import { taskName, type Outcome, type Receipt } from '@ipvm/ucan'
import { handlingTask, readHandling, type Handler } from '@ipvm/workflow'
import { issue, outcomeAlone, type Issued } from '../outcome/issue.ts'
import { unspill } from '../outcome/spill.ts'
import type { RunTask } from './task.ts'
import type { WorkContext } from './work.ts'

/** What a handler makes of a failure: a value in its place, another task's outcome in its place, or another message. */
export type Caught =
  | { readonly value: Value; readonly handler: Receipt }
  | { readonly rewire: string; readonly handler: Receipt }
  | { readonly message: string; readonly from: readonly CID[] }

/**
 * Gives a failure that no branch handles to the workflow's handler: a pure function of `{label, task, error}`, run under the
 * submitter's authority like any task (wire format § Workflow, `catch`).
 */
export async function handle(task: RunTask, failure: Receipt, handler: Handler, context: WorkContext): Promise<Caught> {
  const { engine, executor, authority, signal, depth } = context
  const { out } = failure
  if ('ok' in out) throw new Error('only a failure is given to a handler')
  const whole = handlingTask(handler, { label: task.label, task: task.name, error: out.error })
  const command = engine.commands[whole.cmd]
  if (!command) return { message: `its handler was not run: this node has no ${whole.cmd}`, from: [] }
  const refusal = await authority.refuses(whole.cmd, whole.args)
  if (refusal) return { message: `its handler was not run: ${refusal.message}`, from: [] }
  const { config, secret } = task.place
  const turn = { of: authority, priority: config.priority }
  const ready = { asked: taskName(whole), task: whole, from: [], config, lasting: false, secret, depth }
  const { receipt } = await executor.settle(ready, command, turn, signal, () => {})
  const said = await unspill(receipt.out, cid => engine.store.block(cid))
  if ('error' in said)
    return { message: `what its handler gave cannot be read: ${said.error.message}`, from: [receipt.cid] }
  if (receipt.fx) return { message: 'its handler asked for effects, which a handler has none of', from: [receipt.cid] }
  return read(said.ok, receipt)
}

function read(out: Outcome, handler: Receipt): Caught {
  const from = [handler.cid]
  if ('error' in out) return { message: `its handler failed: ${out.error.name}: ${out.error.message}`, from }
  const said = readHandling(out.ok)
  if ('error' in said) return { message: said.error.message, from }
  const handling = said.ok
  if ('msg' in handling) return { message: handling.msg, from }
  return 'ok' in handling ? { value: handling.ok, handler } : { rewire: handling.rewire, handler }
}

/** The receipt of what stands in a failed task's place. It holds for this run alone. */
export function inPlace(
  task: RunTask,
  out: Outcome,
  from: readonly CID[],
  { engine, depth }: Pick<WorkContext, 'engine' | 'depth'>,
): Promise<Issued> {
  const { name, place } = task
  const profile = engine.commands[place.task.cmd]?.profile
  return issue(engine, {
    ...{ asked: name, resolved: name, from, names: [], blocks: [], secret: place.secret, depth },
    kept: outcomeAlone(out, false),
    ...(profile !== undefined && { profile }),
  })
}
