import { error, isMap, ok, type CID, type Result } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import { defaultConfig, readConfig, type TaskConfig } from '../config/config.ts'
import type { Workflow, WorkflowTask } from '../document/document.ts'
import { invalidWorkflow, type InvalidWorkflow, type SecretLeak, type UnknownCommand } from '../failure.ts'
import { awaitingTasks, type AwaitingTask, type NamedTask } from '../graph/tasks.ts'
import { readCalledUpon, type CalledUpon } from './called-upon.ts'
import { askersOf, type Spawned } from './labels.ts'
import type { CommandTraits, TraitsOf } from './traits.ts'
import { handledTasks, wire, type Wiring } from './wiring.ts'

/** A task with its place in the graph of its workflow. */
export interface PlacedTask extends NamedTask, Omit<CommandTraits, 'secret' | 'taints'> {
  readonly config: TaskConfig
  /** The tasks of this workflow that it awaits, by their places in the layout. */
  readonly awaits: readonly number[]
  /** The tasks of other workflows that it awaits. */
  readonly foreign: readonly CID[]
  /** Whether it awaits, through however many tasks, a mutation of this workflow. */
  readonly afterMutation: boolean
  /**
   * Whether some task of this workflow awaits its error, or how it ended either way: its failure is handled. One on
   * standby does not count, since it may never run.
   */
  readonly handled: boolean
  /** Whether it runs only when it is called upon: as a compensation, or in place of another one. */
  readonly standby: boolean
  /** The place of the task that undoes it. */
  readonly compensate?: number
  /** Whether it is secret, or a value of a secret goes into it. */
  readonly secret: boolean
  /** Whether its own config says that what it gives is no secret, whatever goes in; of effects alone. */
  readonly givesNone?: boolean
  /** The name under which it was asked for by an invocation of its own, which has a subject where a pure task has none. */
  readonly ran?: CID
  /** By whom it was asked for, where it is not in the document. */
  readonly spawned?: Spawned
}

/** A workflow's tasks, each after all of this workflow that it awaits. */
export interface Layout {
  readonly tasks: readonly PlacedTask[]
}

/** Why a workflow has no layout. */
export type LayoutFailure = InvalidWorkflow | UnknownCommand | SecretLeak

/**
 * Gives every task of a workflow its place: after all that it awaits, the same whatever order the document has them in.
 * Whatever is wrong with it that can be seen before anything runs is found here, in time linear to its size.
 *
 * Labels whose tasks have one name are one task where it is pure or a query, and a promise means the first of them;
 * mutations are one each, so that a promise of such a name means none of them and is refused.
 *
 * @param commands what the node has, for the message of `UnknownCommand`
 * @returns `InvalidWorkflow`, `UnknownCommand` or `SecretLeak`, with the path of the field where it is wrong
 */
export function layOut(
  workflow: Workflow,
  traitsOf: TraitsOf,
  commands: readonly Command[] = [],
): Result<Layout, LayoutFailure> {
  const tasks = awaitingTasks(workflow)
  const traits = readTraits(tasks, traitsOf, commands)
  if ('error' in traits) return traits
  const calledUpon = readCalledUpon(tasks, traits.ok)
  if ('error' in calledUpon) return calledUpon
  const configs = readConfigs(workflow, tasks)
  if ('error' in configs) return configs
  const taken = takenLabel(tasks, configs.ok)
  if (taken) return error(taken)
  const wiring = wire(tasks, traits.ok)
  if ('error' in wiring) return wiring
  return place({ tasks, traits: traits.ok, calledUpon: calledUpon.ok, configs: configs.ok, wiring: wiring.ok })
}

/** The tasks that are asked for at once, each after all of these that it awaits: as a workflow of their own would have them. */
export function layOutApart(
  asked: Readonly<Record<string, WorkflowTask>>,
  config: TaskConfig,
  traitsOf: TraitsOf,
  commands: readonly Command[],
): Result<Layout, LayoutFailure> {
  const tasks = awaitingTasks({ tasks: asked })
  const traits = readTraits(tasks, traitsOf, commands)
  if ('error' in traits) return traits
  const wiring = wire(tasks, traits.ok)
  if ('error' in wiring) return wiring
  const calledUpon = { standby: new Set<number>(), compensate: new Map<number, number>() }
  return place({ tasks, traits: traits.ok, calledUpon, configs: tasks.map(() => config), wiring: wiring.ok })
}

/** What was read of a workflow's tasks; each list has an entry for each task. */
interface Parts {
  readonly tasks: readonly AwaitingTask[]
  readonly traits: readonly CommandTraits[]
  readonly configs: readonly TaskConfig[]
  readonly calledUpon: CalledUpon
  readonly wiring: Wiring
}

/** Puts together what was read of each task; what flows along promises flows in their order. */
function place({ tasks, traits, calledUpon, configs, wiring }: Parts): Result<Layout, LayoutFailure> {
  const { wires, groups } = wiring
  // One task under several labels stands by only where all of them do, and is as secret as any of them.
  const standby = new Set(groups.filter(group => group.every(at => calledUpon.standby.has(at))).flat())
  const declared = new Set(groups.filter(group => group.some(at => configs[at]?.secret || traits[at]?.taints)).flat())
  const givesNone = new Set(groups.filter(group => group.every(at => saysNone(tasks[at]))).flat())
  const handled = handledTasks(tasks, standby)
  const placed: PlacedTask[] = []
  for (const [at, { label, name, task }] of tasks.entries()) {
    const { secret: takesSecrets, class: effectClass, idempotent, taints, agent } = traits[at] ?? unread(label)
    const { awaits, foreign } = wires[at] ?? unread(label)
    const onStandby = standby.has(at) ? undefined : awaits.find(target => standby.has(target))
    if (onStandby !== undefined) return error(awaitsStandby(label, tasks[onStandby]?.label))
    const source = awaits.find(target => placed[target]?.secret)
    if (source !== undefined && (effectClass !== 'pure' || agent) && !takesSecrets) {
      return error(secretLeak(label, task.cmd, tasks[source]?.label))
    }
    if (agent && declared.has(at)) return error(secretOfAnother(label, agent))
    const isNone = givesNone.has(at)
    if (isNone && (taints || (source !== undefined && effectClass === 'pure'))) {
      return error(
        invalidWorkflow(`tasks.${label}.meta.ipvm/config.secret`, `${task.cmd} gives a secret here; leave it out`),
      )
    }
    const compensate = calledUpon.compensate.get(at)
    placed.push({
      ...{ label, name, task, class: effectClass, idempotent, awaits, foreign },
      config: configs[at] ?? unread(label),
      afterMutation: awaits.some(target => placed[target]?.afterMutation || placed[target]?.class === 'mutation'),
      handled: handled.has(at),
      standby: standby.has(at),
      ...(compensate !== undefined && { compensate }),
      ...(agent && { agent }),
      secret: declared.has(at) || (source !== undefined && !isNone),
      ...(isNone && effectClass !== 'pure' && { givesNone: true }),
    })
  }
  return ok({ tasks: placed })
}

function readTraits(
  named: readonly NamedTask[],
  traitsOf: TraitsOf,
  commands: readonly Command[],
): Result<readonly CommandTraits[], LayoutFailure> {
  const known = new Map<string, CommandTraits | undefined>()
  const traits: CommandTraits[] = []
  for (const { label, task } of named) {
    const path = `tasks.${label}`
    const { cmd, sub } = task
    const key = `${cmd} ${sub ?? ''}`
    if (!known.has(key)) known.set(key, traitsOf(cmd, sub))
    const found = known.get(key)
    if (!found) return error(unknownCommand(path, cmd, commands))
    if (found.class === 'pure' && sub !== undefined && found.agent === undefined) {
      return error(invalidWorkflow(`${path}.sub`, 'a pure task belongs to nobody; leave it out'))
    }
    if (found.class === 'pure' && task.nonce.length > 0) {
      return error(invalidWorkflow(`${path}.nonce`, 'a pure task gives the same however often it runs; leave it out'))
    }
    traits.push(found)
  }
  return ok(traits)
}

/** What each task may use: the whole workflow's `config`, over it `defaults`, over that the task's own. */
function readConfigs(workflow: Workflow, named: readonly NamedTask[]): Result<readonly TaskConfig[], InvalidWorkflow> {
  const whole = readConfig(workflow.config, defaultConfig, 'config')
  if ('error' in whole) return whole
  const each = readConfig(workflow.defaults, whole.ok, 'defaults')
  if ('error' in each) return each
  const configs: TaskConfig[] = []
  for (const { label, task } of named) {
    const config = readConfig(task.meta?.['ipvm/config'], each.ok, `tasks.${label}.meta.ipvm/config`)
    if ('error' in config) return config
    configs.push(config.ok)
  }
  return ok(configs)
}

/** Whether a task's own config says that what it gives is no secret. */
function saysNone(task: AwaitingTask | undefined): boolean {
  const config = task?.task.meta?.['ipvm/config']
  return config !== undefined && isMap(config) && config.secret === false
}

/** A label that a task would have which the function of another one asks for. */
function takenLabel(tasks: readonly NamedTask[], configs: readonly TaskConfig[]): InvalidWorkflow | undefined {
  const asking = new Set(tasks.filter((_, at) => configs[at]?.fx).map(({ label }) => label))
  if (asking.size === 0) return undefined
  for (const { label } of tasks) {
    const asker = askersOf(label).find(prefix => asking.has(prefix))
    if (asker === undefined) continue
    return invalidWorkflow(`tasks.${label}`, `is a label of what "${asker}" may ask for; give it another one`)
  }
  return undefined
}

function unread(label: string): never {
  throw new Error(`what ${label} is was read before it is placed`)
}

function unknownCommand(path: string, cmd: Command, commands: readonly Command[]): UnknownCommand {
  const has = commands.length === 0 ? '' : `; it has ${commands.join(', ')}`
  return { name: 'UnknownCommand', message: `${path}: ${cmd} is not a command of this node${has}`, path, cmd }
}

function awaitsStandby(label: string, awaited = ''): InvalidWorkflow {
  return invalidWorkflow(
    `tasks.${label}`,
    `awaits "${awaited}", which runs only when it is called upon; set "ipvm/standby": true in its meta, too`,
  )
}

function secretOfAnother(label: string, agent: Did): SecretLeak {
  const path = `tasks.${label}`
  const message = `${path} is secret, and ${agent}, whose it is to do, would know it; have it done here, or let it be none`
  return { name: 'SecretLeak', message, path }
}

function secretLeak(label: string, cmd: Command, source = ''): SecretLeak {
  const path = `tasks.${label}`
  const message = `${path}: a value of the secret "${source}" would go into ${cmd}, which takes no secrets; do not pass it on`
  return { name: 'SecretLeak', message, path }
}
