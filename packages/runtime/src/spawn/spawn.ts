import { error, type Failure, type Result, type ValueMap } from '@ipvm/ipld'
import { covers, evaluatePolicy, openPromises, promisesIn, type Command, type Effects, type Task } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { layOutSpawned, type FxConfig, type PlacedTask, type SpawnedLayout } from '@ipvm/workflow'
import type { Authority } from '../authority/authority.ts'
import { refusalOfTask, beyondSubmitter } from '../submission/check.ts'
import { asServed, commandsOf, traitsOf } from '../submission/place.ts'
import { spawnedTasksMax } from '../limits.ts'
import type { Engine } from '../engine/engine.ts'
import { Family } from './family.ts'
import { runTasks, type RunTask } from '../run/task.ts'

/** What a run has of all tasks that its functions asked for. */
export interface SpawnContext {
  readonly engine: Engine
  readonly runNonce: Uint8Array
  /** How many there are. */
  readonly spawned: { count: number }
}

/** The tasks that a function asked for, as tasks of its run. */
export interface Children {
  /** Each after those that it awaits. */
  readonly tasks: readonly RunTask[]
  /** The one that goes on in its place. */
  readonly join?: RunTask
}

/** Places what a function asked for, as this node's commands and effects are. */
export function placeSpawned({ place }: RunTask, fx: Effects, engine: Engine): Result<SpawnedLayout, Failure> {
  return asServed(
    layOutSpawned(place, fx, (cmd, sub) => traitsOf(engine, cmd, sub), commandsOf(engine)),
    engine,
  )
}

/**
 * Makes the tasks that a task asked for into tasks of its run; what of that was granted is asked before. They are the same ones,
 * under the same names, whenever it is done.
 */
export function spawn(asker: RunTask, placed: SpawnedLayout, { engine, runNonce }: SpawnContext): Children {
  const tasks = runTasks(placed.tasks, runNonce, engine.signer.did)
  const family = familyOf(asker)
  for (const task of tasks) {
    task.asker = asker
    task.family = family
  }
  const last = placed.join === undefined ? undefined : placed.tasks[placed.join]?.label
  const join = tasks.find(({ labels }) => last !== undefined && labels.includes(last))
  return { tasks, ...(join && { join }) }
}

/**
 * Places what a function asked for, where it may have it, as far as that is known before its promises are. Failure: its task
 * was granted none of it, it would be too much, or its submitter may not have it done (design § Authority).
 */
export async function allowedEffects(
  asker: RunTask,
  fx: Effects,
  authority: Authority,
  context: SpawnContext,
): Promise<Result<SpawnedLayout, Failure>> {
  const { place } = asker
  const family = familyOf(asker)
  if (place.secret) return error(secretAsker)
  if (!family)
    return error(notGranted(`"fx" in its config grants nothing; write {"fx": {"grants": [{"cmd": "${first(fx)}"}]}}`))
  const depth = (place.spawned?.depth ?? 0) + 1
  if (depth > family.fx.depth) return error(tooDeep(family.fx.depth))
  const placed = placeSpawned(asker, fx, context.engine)
  if ('error' in placed) return placed
  for (const task of placed.ok.tasks) {
    const refusal = refusedByGrant(task, family.fx) ?? (await refusalOfTask(task, authority, context.engine))
    if (refusal) return error(refusal)
  }
  const beyond = await beyondSubmitter({ layout: placed.ok }, { authority, engine: context.engine })
  if (beyond) return error(beyond)
  // Last, and at once taken: others may have asked meanwhile.
  const count = placed.ok.tasks.length
  if (!family.hasRoom(count)) return error(exhausted(`more than ${family.fx.tasks} tasks`, 'tasks'))
  if (context.spawned.count + count > spawnedTasksMax) {
    return error(exhausted(`more than ${spawnedTasksMax} tasks in one run`))
  }
  countSpawned(asker, count, context)
  return placed
}

/** Takes so many tasks from what a task may ask for. */
export function countSpawned(asker: RunTask, count: number, { spawned }: Pick<SpawnContext, 'spawned'>): void {
  familyOf(asker)?.add(count)
  spawned.count += count
}

function refusedByGrant({ label, task, foreign, agent }: PlacedTask, fx: FxConfig): Failure | undefined {
  if (!isGranted({ ...task, agent }, fx, true)) return notCovered(label, task.cmd, agent)
  // Its submitter may read more than he means a function to: it could send elsewhere what it has no business with.
  const unread = foreign.find(target => !isGranted({ cmd: '/receipt/read', args: { task: target } }, fx, false))
  if (!unread) return undefined
  return notGranted(
    `${label} awaits ${unread}, which it did not ask for, and no grant of "fx" covers /receipt/read of it`,
  )
}

/**
 * Why a task that was asked for may not be done with these arguments, promises replaced by values. One of a run that this
 * one is a fork of may have been granted there, and not here.
 */
export function grantRefusal(
  { asker, family, label, place }: RunTask,
  cmd: Command,
  args: ValueMap,
): Failure | undefined {
  if (!asker) return undefined
  if (!family || !isGranted({ cmd, args, agent: place.agent }, family.fx, false)) {
    return notCovered(label, cmd, place.agent)
  }
  if ((place.spawned?.depth ?? 0) > family.fx.depth) return tooDeep(family.fx.depth)
  return family.hasRoom(0) ? undefined : exhausted(`more than ${family.fx.tasks} tasks`, 'tasks')
}

interface Wish extends Pick<Task, 'cmd' | 'args'> {
  /** The other agent whose it is to do. */
  readonly agent?: Did | undefined
}

/** A grant that names no agent is for what is done here, and one that does for what that agent does alone. */
function isGranted({ cmd, args, agent }: Wish, { grants }: FxConfig, isOpen: boolean): boolean {
  const pending = isOpen && promisesIn(args).length > 0 ? { pending: openPromises(args) } : {}
  return grants.some(({ cmd: granted, sub, pol }) => {
    const isWhose = agent === undefined || sub === undefined ? agent === sub : sameDid(agent, sub)
    return isWhose && covers(granted, cmd) && evaluatePolicy(pol, args, pending).holds !== false
  })
}

/** The grant that a task, or the one of the document that it comes of, is under. */
function familyOf(asker: RunTask): Family | undefined {
  const { fx } = asker.place.config
  if (!asker.asker && fx) asker.family ??= new Family(fx)
  return asker.family
}

function first({ fork, join }: Effects): string {
  return (fork[0] ?? join)?.cmd ?? '/'
}

function notCovered(label: string, cmd: Command, agent: Did | undefined): Failure {
  const whose = agent === undefined ? '' : ` of ${agent}`
  return notGranted(`no grant of "fx" covers ${cmd}${whose} with the arguments of ${label}`)
}

function notGranted(problem: string): Failure {
  return { name: 'FxNotGranted', message: `it asks for effects: ${problem}` }
}

function tooDeep(depth: number): Failure {
  const message = `it asks for effects at the end of a chain of ${depth}; raise "depth" in the "fx" of its config`
  return { name: 'FxTooDeep', message }
}

/** A bound was crossed that tasks share. Which of them met it is chance, so that nobody may make something of it. */
export function exhausted(problem: string, field?: string): Failure {
  const way = field === undefined ? 'split the work' : `raise "${field}" in the "fx" of its config`
  return { name: exhaustedName, message: `what was asked for under one grant came to ${problem}; ${way}` }
}

/** The name of that failure, which no handler and no branch handles. */
const exhaustedName = 'FxExhausted'

const secretAsker: Failure = {
  name: 'SecretLeak',
  message: 'it asks for effects, and is secret: what it asks for would show the secret; let a task that is none ask',
}
