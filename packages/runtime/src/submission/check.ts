import { error, isNamedBy, ok, type CID, type GetBlock, type Result } from '@ipvm/ipld'
import { promisesIn } from '@ipvm/ucan'
import {
  decodeWorkflow,
  defaultConfig,
  invalidWorkflow,
  type PlacedTask,
  type TaskConfig,
  type Workflow,
} from '@ipvm/workflow'
import type { Authority } from '../authority/authority.ts'
import { unreadableArgs, unreadableEvent, type InputContext } from '../authority/inputs.ts'
import { readArguments } from '../effect/arguments.ts'
import type { Engine } from '../engine/engine.ts'
import { storedEvent } from '../event/stored.ts'
import type { Brought } from './brought.ts'
import { missingWorkflow, type SubmitFailure } from './failure.ts'
import { place } from './place.ts'
import { plainWorkflow, type PlainInvocation } from './plain.ts'
import type { ReadWorkflow } from './read-workflow.ts'
import { readRequest, runCommand } from './request.ts'

/**
 * Reads the workflow that an invocation names, or the one task that it asks for. Whatever is wrong with it is found before
 * anything runs.
 */
export async function readWorkflow(
  invocation: PlainInvocation,
  engine: Engine,
  brought?: Brought,
): Promise<Result<ReadWorkflow, SubmitFailure>> {
  if (invocation.cmd !== runCommand) return plainWorkflow(invocation, engine)
  const request = readRequest(invocation)
  if ('error' in request) return request
  const { workflow: cid, event, only } = request.ok
  const happened = event && (await storedEvent(event, { block: blocksOf(engine, brought) }))
  if (happened && 'error' in happened) return happened
  const depth = happened ? happened.ok.depth + 1 : 0
  const placed = await placedWorkflow(cid, engine, brought)
  if ('error' in placed) return placed
  return ok({ cid, ...placed.ok, depth, ...(event && { event }), ...(only && { only }) })
}

/** A workflow by its name, with its place for every task. */
export async function placedWorkflow(
  cid: CID,
  engine: Engine,
  brought?: Brought,
): Promise<Result<Pick<ReadWorkflow, 'workflow' | 'layout'>, SubmitFailure>> {
  const known = engine.workflows.get(cid)
  if (known?.layout) return ok({ workflow: known.workflow, layout: known.layout })
  const workflow = known ? ok(known.workflow) : await storedWorkflow(cid, { block: blocksOf(engine, brought) })
  if ('error' in workflow) return workflow
  const layout = place(workflow.ok, engine)
  if ('error' in layout) return layout
  // One that was brought is known when it is accepted, and so stored.
  if (!brought?.block(cid)) engine.workflows.keep(cid, workflow.ok, layout.ok)
  return ok({ workflow: workflow.ok, layout: layout.ok })
}

function blocksOf({ store }: Engine, brought: Brought | undefined): GetBlock {
  return async cid => brought?.block(cid) ?? store.block(cid)
}

/** A stored workflow. */
export async function storedWorkflow(
  cid: CID,
  store: { readonly block: GetBlock },
): Promise<Result<Workflow, SubmitFailure>> {
  const bytes = await store.block(cid)
  if (!bytes) return error(missingWorkflow(cid, 'is not in the store'))
  if (!isNamedBy(cid, bytes)) return error(missingWorkflow(cid, 'is stored with bytes that do not hash to it'))
  return decodeWorkflow(bytes)
}

/** Why some task may not be done, as far as it is known before any of them runs; nothing where all may. */
export async function refusedTask(
  { layout }: Pick<ReadWorkflow, 'layout'>,
  authority: Authority,
  engine: Engine,
): Promise<SubmitFailure | undefined> {
  for (const task of layout.tasks) {
    const refusal = await refusalOfTask(task, authority, engine)
    if (refusal) return refusal
  }
  return undefined
}

/** What a config asks for beyond what holds where nothing is said. */
function beyondUsual(config: TaskConfig): string | undefined {
  const { retry, ...amounts } = config
  if (retry.max > defaultConfig.retry.max) return 'retry'
  return usual.find(field => amounts[field] > defaultConfig[field])
}

const usual = ['time', 'memory', 'gas', 'disk', 'output', 'wait', 'priority'] as const

/**
 * Why the tasks of a request are not its submitter's to ask for so: what they take in is not all theirs to read, or whoever was
 * given nothing wants more than is usual. Nothing where they are.
 */
export async function beyondSubmitter(
  { layout, event }: Pick<ReadWorkflow, 'layout' | 'event'>,
  context: InputContext,
): Promise<SubmitFailure | undefined> {
  if (context.authority.isExecutor) return undefined
  const refusal = event && (await unreadableEvent(event, context))
  if (refusal) return refusal
  for (const { label, task, agent, config } of layout.tasks) {
    const beyond = agent ? undefined : beyondUsual(config)
    if (beyond !== undefined && (await context.authority.isAnybodys(task.cmd, task.args))) {
      return invalidWorkflow(`tasks.${label}.config.${beyond}`, 'asks for more than anybody has who was given nothing')
    }
    // What goes along to another agent is asked for when it is sent.
    const unread = agent ? undefined : await unreadableArgs(task, context)
    if (unread) return { ...unread, message: `tasks.${label}: ${unread.message}` }
  }
  return undefined
}

/** Why one task may not be done, as far as it is known before what it awaits is; nothing where it may. */
export async function refusalOfTask(
  { label, task, agent, spawned }: Pick<PlacedTask, 'label' | 'task' | 'agent' | 'spawned'>,
  authority: Authority,
  { effects, others }: Engine,
): Promise<SubmitFailure | undefined> {
  const path = `tasks.${label}`
  if (agent) {
    const problem = problemOfOthers(authority, spawned !== undefined, others)
    if (problem !== undefined) return invalidWorkflow(`${path}.sub`, `it is ${agent}'s to do; ${problem}`)
    const beyond = authority.exceeds(task.cmd, task.args)
    return beyond && beyond.name !== 'Unresolved' ? { ...beyond, message: `${path}: ${beyond.message}` } : undefined
  }
  const effect = effects.get(task.cmd)
  // What depends on a promise is asked again when it is settled.
  if (effect && promisesIn(task.args).length === 0) {
    const args = await readArguments(effect, task.args)
    if ('error' in args) return { ...args.error, message: `${path}: ${args.error.message}` }
  }
  const refusal = await authority.refuses(task.cmd, task.args)
  if (!refusal || refusal.name === 'Unresolved') return undefined
  return { ...refusal, message: `${path}: ${refusal.message}` }
}

/** Why this node does not ask another agent; nothing where it does. */
function problemOfOthers({ isExecutor }: Authority, isSpawned: boolean, others: Engine['others']): string | undefined {
  if (!others?.ask) return 'this node asks no others'
  // Whoever submitted it signs what others are asked, and cannot know what a function will ask for.
  return isSpawned && !isExecutor
    ? 'what a function asks of others, only a run of this node itself may have done'
    : undefined
}
