import { taskName, type Receipt } from '@ipvm/ucan'
import type { Settlement } from '@ipvm/store'
import type { Unresolved } from '../promise/resolve.ts'
import { isMismatch } from '../promise/resolve.ts'
import { causeOf, type ReadyEffect } from '../effect/attempt.ts'
import type { Settle } from '../effect/mutation.ts'
import { query } from '../effect/query.ts'
import { issue, type Issued } from '../outcome/issue.ts'
import type { ReadyTask } from '../engine/executor.ts'
import { lentGas } from '../spawn/lent-gas.ts'
import { resolveTask, type ResolvedTask } from './resolved-task.ts'
import type { WorkContext } from './work-context.ts'
import { exhausted, grantRefusal } from '../spawn/spawn.ts'
import type { RemoteResult } from '../remote/conclude.ts'
import { remote } from '../remote/remote.ts'
import type { RunTask, TaskSettled } from './task.ts'

/**
 * Does a task that is ready, and writes how it was settled; or nobody knows whether it was done.
 * @param isUnknown whether it was just looked for by its name, and is not known
 */
export async function work(task: RunTask, context: WorkContext, isUnknown = false): Promise<RemoteResult> {
  const { authority, engine } = context
  const began = engine.world.milliseconds()
  const took = () => engine.world.milliseconds() - began
  const resolved = await resolveTask(task, context)
  if ('error' in resolved) {
    const { failure, lasting } = resolved.error
    return kept(task, context, took(), failure, lasting)
  }
  const { cmd } = task.task
  const args = resolved.ok.opened ?? resolved.ok.args
  const ofAnother = task.place.agent !== undefined
  const may = async () => (ofAnother ? authority.exceeds(cmd, args) : authority.refuses(cmd, args))
  const refusal = grantRefusal(task, cmd, args) ?? (await may())
  if (refusal) return kept(task, context, took(), refusal, false, task.place.secret || resolved.ok.holdsSecret)
  const start = engine.world.milliseconds()
  const own = () => engine.world.milliseconds() - start
  if (ofAnother) return remote(task, context, resolved.ok, own)
  switch (task.place.class) {
    case 'pure':
      return pure(task, context, resolved.ok, own, isUnknown)
    case 'query':
      return asked(task, context, resolved.ok, own)
    case 'mutation':
      return mutated(task, context, resolved.ok, own)
  }
}

/** What is kept from being done fails; but a mutation that was asked for before may have been done, and did not fail. */
async function kept(
  task: RunTask,
  context: WorkContext,
  milliseconds: number,
  failure: Unresolved,
  lasting: boolean,
  holdsSecret = false,
): Promise<TaskSettled | 'unknown'> {
  const { secret } = task.place
  const cause = causeOf({ secret, holdsSecret }, failure)
  if (await context.mutations.parkIfBegun(context.journal, task.place, task.before, cause)) return 'unknown'
  const closed = await notStarted(task, context, failure, lasting, holdsSecret)
  return recorded(task, context, milliseconds, closed, settlement(closed.receipt, false))
}

async function pure(
  task: RunTask,
  context: WorkContext,
  { args, opened, from, lasting }: ResolvedTask,
  took: () => number,
  isUnknown: boolean,
): Promise<TaskSettled> {
  const { place, name } = task
  const { engine, executor, signal } = context
  const command = engine.commands[place.task.cmd]
  if (!command) throw new Error(`${place.task.cmd} is a command of this node: the layout says so`)
  const { config, secret, ran } = place
  const settle = (gas: number) => {
    const within = gas === config.gas ? config : { ...config, gas }
    const whole = { ...task.task, args }
    const asked = {
      asked: name,
      task: whole,
      from,
      depth: context.depth,
      ...(opened && { opened }),
      ...(ran && { ran }),
    }
    const ready: ReadyTask = { ...asked, config: within, lasting, secret, isUnknown }
    return executor.settle(ready, command, turnOf(task, context), signal, () => context.onRunning(task))
  }
  const done = await lentGas(task, settle, signal)
  if (!done) {
    const problem = `more gas than ${task.family?.fx.gas}`
    const closed = await notStarted(task, context, exhausted(problem, 'gas'), false)
    return recorded(task, context, took(), closed, 'failed')
  }
  const { reused, ...issued } = done
  return recorded(task, context, took(), { ...issued, lasting }, howDone(issued.receipt, reused))
}

async function asked(
  task: RunTask,
  context: WorkContext,
  resolved: ResolvedTask,
  took: () => number,
): Promise<TaskSettled> {
  const ready = readyEffect(task, context, resolved)
  context.onRunning(task)
  const answer = await query(context.engine, context.journal, ready, task.before, context.signal)
  const settled = answered(answer.receipt, answer.reused, took())
  // A fact of the world: on the disk before anything is made of it.
  await context.record(task, settled, { change: answer.reused ? {} : answer.change })
  if (!answer.reused) context.engine.memo.remember(answer.receipt)
  context.engine.arrivals.tell(answer.receipt)
  return settled
}

async function mutated(
  task: RunTask,
  context: WorkContext,
  resolved: ResolvedTask,
  took: () => number,
): Promise<TaskSettled | 'unknown'> {
  const { mutations, journal, signal } = context
  const ready = readyEffect(task, context, resolved)
  context.onRunning(task)
  const settle: Settle = ({ receipt, change }) => context.record(task, answered(receipt, false, took()), { change })
  const done = await mutations.settle(journal, ready, task.before, settle, signal)
  if ('unknown' in done) return 'unknown'
  const settled = answered(done.receipt, done.reused, took())
  if (done.reused) await context.record(task, settled, { change: {} })
  return settled
}

function readyEffect(task: RunTask, context: WorkContext, resolution: ResolvedTask): ReadyEffect {
  const { args, opened = args, from, holdsSecret } = resolution
  const effect = context.engine.effects.get(task.task.cmd)
  if (!effect) throw new Error(`${task.task.cmd} is an effect of this node: the layout says so`)
  const whole = { ...task.task, args }
  const resolved = from.length === 0 ? task.name : taskName(whole)
  const { label, config, secret } = task.place
  const refuses = async () => grantRefusal(task, whole.cmd, opened) ?? context.authority.refuses(whole.cmd, opened)
  const turn = turnOf(task, context)
  const { event, journal } = context
  const asked = { run: journal.run, event, label, effect, asked: task.name, resolved, task: whole, opened }
  return { ...asked, from, config, turn, refuses, secret, holdsSecret }
}

function turnOf({ place }: RunTask, { authority }: WorkContext) {
  return { of: authority, priority: place.config.priority }
}

/** The receipt of a task that could not start. For good only where the branch that it awaits is closed for good. */
export async function notStarted(
  { name, place }: RunTask,
  { engine, depth }: Pick<WorkContext, 'engine' | 'depth'>,
  failure: Unresolved,
  lasting: boolean,
  holdsSecret = false,
): Promise<Issued & { lasting: boolean }> {
  const { name: kind, message } = failure
  const mismatch = isMismatch(failure) ? failure : undefined
  const about = mismatch
    ? { expected: mismatch.expected, got: mismatch.got, from: mismatch.from.cid }
    : 'by' in failure && typeof failure.by === 'string' && { by: failure.by }
  const profile = engine.commands[place.task.cmd]?.profile
  const permanent = lasting && mismatch !== undefined && profile !== undefined
  const issued = await issue(engine, {
    ...{ asked: name, resolved: name, from: mismatch ? [mismatch.from.cid] : [], names: [name], blocks: [] },
    ...{ secret: place.secret, depth, done: { out: { error: { name: kind, message, ...about } }, permanent } },
    ...{ holdsSecret, tellsNothing: !holdsSecret },
    ...(profile !== undefined && { profile }),
    ...(place.ran && { ran: place.ran }),
  })
  return { ...issued, lasting }
}

function recorded(
  task: RunTask,
  context: WorkContext,
  milliseconds: number,
  { receipt, stored, report, lasting }: Issued & { readonly lasting: boolean },
  how: Settlement,
): TaskSettled {
  const settled = { receipt, lasting, milliseconds, how, ...(report && { report }) }
  // What it asks for is looked at first.
  if (asksFor(settled)) return { ...settled, stored }
  // The journal reports its own faults to the run.
  context.record(task, settled, { after: stored }).catch(() => {})
  return settled
}

/** Whether a task's function asked for others. */
export function asksFor({ receipt, how }: Pick<TaskSettled, 'receipt' | 'how'>): boolean {
  return receipt.fx !== undefined && (how === 'ran' || how === 'reused')
}

function answered(receipt: Receipt, reused: boolean, milliseconds: number): TaskSettled {
  return { receipt, lasting: false, milliseconds, how: howDone(receipt, reused) }
}

/** How a task is settled that was done: whatever name its error has, which is not ours to give. */
function howDone({ out }: Receipt, reused: boolean): Settlement {
  if ('error' in out) return 'failed'
  return reused ? 'reused' : 'ran'
}

/** How a receipt settles a task that was not done now. */
export function settlement(receipt: Receipt, reused: boolean): Settlement {
  const { out } = receipt
  if ('ok' in out) return howDone(receipt, reused)
  const { name } = out.error
  if (name === 'Withdrawn') return 'withdrawn'
  return name === 'BranchMismatch' || name === 'NotNeeded' ? 'skipped' : 'failed'
}
