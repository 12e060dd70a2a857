import type { CID, Value } from '@ipvm/ipld'
import { taskName, type Outcome, type OutcomeError, type Receipt } from '@ipvm/ucan'
import { handlingTask, readHandling, type Handler } from '@ipvm/workflow'
import { issue, type Issued } from '../outcome/issue.ts'
import { unspill } from '../outcome/spill.ts'
import { plainOutcome } from '../secret/seal.ts'
import type { RunTask } from './task.ts'
import type { WorkContext } from './work-context.ts'

/** What a handler makes of a failure: a value in its place, another task's outcome in its place, or another message. */
export type Caught =
  | { readonly value: Value; readonly handler: Receipt }
  | { readonly rewire: string; readonly handler: Receipt }
  | { readonly message: string; readonly from: readonly CID[] }

/**
 * Gives a failure that no branch handles to the workflow's handler: a pure function of `{label, task, error}`, run under the
 * submitter's authority like any task (wire format § Workflow, `catch`).
 * @param plain the failure, of a secret task in the clear
 */
export async function handle(
  task: RunTask,
  failure: Receipt,
  plain: OutcomeError,
  handler: Handler,
  context: WorkContext,
): Promise<Caught> {
  const { engine, executor, authority, signal, depth } = context
  const { out } = failure
  if ('ok' in out) throw new Error('only a failure is given to a handler')
  const about = { label: task.label, task: task.name }
  const whole = handlingTask(handler, { ...about, error: out.error })
  const opened = handlingTask(handler, { ...about, error: plain }).args
  const command = engine.commands[whole.cmd]
  if (!command) return { message: `its handler was not run: this node has no ${whole.cmd}`, from: [] }
  const refusal = await authority.refuses(whole.cmd, opened)
  if (refusal) return { message: `its handler was not run: ${refusal.message}`, from: [] }
  const { config, secret } = task.place
  const turn = { of: authority, priority: config.priority }
  const asked = { asked: taskName(whole), task: whole, opened, from: [], depth }
  const ready = { ...asked, config, lasting: false, secret }
  const { receipt } = await executor.settle(ready, command, turn, signal, () => {})
  const getBlock = (cid: CID) => engine.store.block(cid)
  const kept = await plainOutcome(receipt, secret, engine)
  const said = 'error' in kept ? kept : await unspill(kept.ok, getBlock)
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
    done: { out, permanent: false },
    ...(profile !== undefined && { profile }),
  })
}
