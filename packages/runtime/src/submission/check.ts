import { error, isNamedBy, ok, type CID, type Result } from '@ipvm/ipld'
import { promisesIn, type Command, type Invocation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Store } from '@ipvm/store'
import {
  decodeWorkflow,
  layOut,
  type CommandTraits,
  type Layout,
  type LayoutFailure,
  type PlacedTask,
  type Workflow,
} from '@ipvm/workflow'
import { invalidWorkflow } from '@ipvm/workflow'
import type { Authority, Grant } from '../authority/authority.ts'
import { readArguments } from '../effect/arguments.ts'
import type { Engine } from '../run/engine.ts'
import { storedEvent } from '../event/stored.ts'
import { missingWorkflow, noSeal, type EffectOff, type NoSeal, type SubmitFailure } from './failure.ts'
import { readRequest } from './request.ts'

/** A workflow with its place for every task, and what happened that it is run for. */
export interface ReadWorkflow {
  readonly cid: CID
  readonly workflow: Workflow
  readonly layout: Layout
  readonly event?: CID
  /** How many events led to its run, one by the other. */
  readonly depth: number
  readonly only?: readonly Grant[]
}

/** Reads the workflow that an invocation names. Whatever is wrong with it is found before anything runs. */
export async function readWorkflow(
  invocation: Pick<Invocation, 'cmd' | 'args'>,
  engine: Engine,
): Promise<Result<ReadWorkflow, SubmitFailure>> {
  const request = readRequest(invocation)
  if ('error' in request) return request
  const { workflow: cid, event, only } = request.ok
  const happened = event && (await storedEvent(event, engine.store))
  if (happened && 'error' in happened) return happened
  const depth = happened ? happened.ok.depth + 1 : 0
  const placed = await placedWorkflow(cid, engine)
  if ('error' in placed) return placed
  return ok({ cid, ...placed.ok, depth, ...(event && { event }), ...(only && { only }) })
}

/** A workflow by its name, with its place for every task. */
export async function placedWorkflow(
  cid: CID,
  engine: Engine,
): Promise<Result<Pick<ReadWorkflow, 'workflow' | 'layout'>, SubmitFailure>> {
  const known = engine.workflows.get(cid)
  if (known?.layout) return ok({ workflow: known.workflow, layout: known.layout })
  const workflow = known ? ok(known.workflow) : await storedWorkflow(cid, engine.store)
  if ('error' in workflow) return workflow
  const layout = place(workflow.ok, engine)
  if ('error' in layout) return layout
  engine.workflows.keep(cid, workflow.ok, layout.ok)
  return ok({ workflow: workflow.ok, layout: layout.ok })
}

/** Places the tasks of a workflow, as this node's commands and effects are. */
export function place(workflow: Workflow, engine: Engine): Result<Layout, LayoutFailure | EffectOff | NoSeal> {
  return asServed(
    layOut(workflow, (cmd, sub) => traitsOf(engine, cmd, sub), commandsOf(engine)),
    engine,
  )
}

/** The same where this node can do it: not with secrets that it cannot seal; of a command that is off, it says how to have it on. */
export function asServed<L extends Layout>(
  layout: Result<L, LayoutFailure>,
  engine: Engine,
): Result<L, LayoutFailure | EffectOff | NoSeal> {
  if ('ok' in layout) {
    const secret = engine.seal ? undefined : layout.ok.tasks.find(task => task.secret)
    return secret ? error(noSeal(secret.label)) : layout
  }
  if (layout.error.name !== 'UnknownCommand') return layout
  const { cmd, path } = layout.error
  const off = engine.off(cmd)
  return off === undefined ? layout : error({ ...layout.error, name: 'EffectOff', message: `${path}: ${off}` })
}

/** A stored workflow. */
export async function storedWorkflow(cid: CID, store: Store): Promise<Result<Workflow, SubmitFailure>> {
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

/** Why one task may not be done, as far as it is known before what it awaits is; nothing where it may. */
export async function refusalOfTask(
  { label, task, agent, spawned }: Pick<PlacedTask, 'label' | 'task' | 'agent' | 'spawned'>,
  authority: Authority,
  { effects, others }: Engine,
): Promise<SubmitFailure | undefined> {
  const path = `tasks.${label}`
  if (agent) {
    const problem = spawned
      ? 'a function asks for what this node does, and for nothing of others'
      : others?.ask
        ? undefined
        : 'this node asks no others'
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

/**
 * What this node knows of a command. Another agent's is of the class that it has here, or is taken for a mutation; the same
 * bytes are done once there, so that they may be sent again. What it is asked, it knows: no secrets.
 */
export function traitsOf(engine: Engine, cmd: Command, sub: Did = engine.signer.did): CommandTraits | undefined {
  const { commands, effects, signer } = engine
  if (!sameDid(sub, signer.did)) {
    const { class: kind = 'mutation' } = traitsOf(engine, cmd) ?? engine.knownTraits(cmd) ?? {}
    return { class: kind, idempotent: true, secret: false, agent: sub }
  }
  if (Object.hasOwn(commands, cmd)) return { class: 'pure', idempotent: false, secret: true }
  return effects.get(cmd)
}

/** All commands of this node. */
export function commandsOf({ commands, effects }: Engine): readonly Command[] {
  return [...Object.keys(commands), ...effects.keys()] as Command[]
}
