import { cidKey, type CID } from '@ipvm/ipld'
import { promisesIn, type Branch, type Task } from '@ipvm/ucan'
import type { FxConfig } from '../config/fx.ts'
import type { Layout, PlacedTask } from '../layout/layout.ts'
import type { EffectClass } from '../layout/traits.ts'

/**
 * When a task comes, in this order: queries; what is computed; mutations, as soon as all of the above has settled and
 * nothing failed; what awaits mutations and changes nothing itself; what runs only when it is called upon.
 */
export type Stage = 'queries' | 'pure' | 'mutations' | 'after' | 'standby'

/** The result of a task that is there before its workflow runs. */
export interface KnownResult {
  readonly receipt: CID
  readonly branch: 'ok' | 'error'
}

/** What tells whether a task's result is known. */
export type KnownResultOf = (task: PlacedTask) => KnownResult | undefined | Promise<KnownResult | undefined>

/** What a task is going to do. */
export interface PlannedTask {
  readonly label: string
  readonly name: CID
  readonly task: Task
  readonly class: EffectClass
  /** The tasks of this workflow that it awaits, and which of their outcomes. */
  readonly awaits: readonly { readonly label: string; readonly branch: Branch }[]
  /** Tasks of other workflows that it awaits. */
  readonly foreign: readonly CID[]
  readonly known?: KnownResult
  /** How often it may be tried, the first time included. */
  readonly attempts: number
  /** What it means to be tried again: the same question; the same change, under a key by which it happens once; nothing. */
  readonly again: 'same' | 'sameKey' | 'never'
  readonly secret: boolean
  /** The task that undoes it. */
  readonly undoneBy?: string
  /** What its function may ask for, where it may. */
  readonly fx?: FxConfig
  /** The tasks that it undoes. */
  readonly undoes: readonly string[]
}

/** What a workflow is going to do, stage by stage; each stage has its tasks after those that they await. */
export type Plan = Readonly<Record<Stage, readonly PlannedTask[]>>

/** Tells what a workflow is going to do before anything of it runs. */
export async function planOf({ tasks }: Layout, known: KnownResultOf): Promise<Plan> {
  const plan: Record<Stage, PlannedTask[]> = { queries: [], pure: [], mutations: [], after: [], standby: [] }
  const undoes = undoneTasks(tasks)
  for (const [at, task] of tasks.entries()) {
    const result = await known(task)
    const undoneBy = task.compensate === undefined ? undefined : tasks[task.compensate]?.label
    plan[stageOf(task)].push({
      ...{ label: task.label, name: task.name, task: task.task, class: task.class, foreign: task.foreign },
      ...{ awaits: awaitsOf(task, tasks), secret: task.secret, undoes: undoes.get(at) ?? [], ...attemptsOf(task) },
      ...(result && { known: result }),
      ...(undoneBy !== undefined && { undoneBy }),
      ...(task.class === 'pure' && task.config.fx && { fx: task.config.fx }),
    })
  }
  return plan
}

function stageOf({ class: effectClass, afterMutation, standby }: PlacedTask): Stage {
  if (standby) return 'standby'
  if (effectClass === 'mutation') return 'mutations'
  if (afterMutation) return 'after'
  return effectClass === 'query' ? 'queries' : 'pure'
}

function attemptsOf({ class: effectClass, idempotent, config }: PlacedTask): Pick<PlannedTask, 'attempts' | 'again'> {
  if (effectClass !== 'mutation') return { attempts: config.retry.max, again: 'same' }
  return idempotent ? { attempts: config.retry.max, again: 'sameKey' } : { attempts: 1, again: 'never' }
}

/** The promises of a task by the labels that they mean, each once. */
function awaitsOf({ task, awaits }: PlacedTask, tasks: readonly PlacedTask[]): PlannedTask['awaits'] {
  const labels = new Map<string, string>()
  for (const at of awaits) {
    const awaited = tasks[at]
    if (awaited) labels.set(cidKey(awaited.name), awaited.label)
  }
  const found = new Map<string, PlannedTask['awaits'][number]>()
  for (const { branch, target } of promisesIn(task.args)) {
    const key = cidKey(target)
    const label = labels.get(key)
    if (label !== undefined) found.set(`${branch} ${key}`, { label, branch })
  }
  return [...found.values()]
}

function undoneTasks(tasks: readonly PlacedTask[]): ReadonlyMap<number, readonly string[]> {
  const undone = new Map<number, string[]>()
  for (const { label, compensate } of tasks) {
    if (compensate === undefined) continue
    const labels = undone.get(compensate)
    if (labels) labels.push(label)
    else undone.set(compensate, [label])
  }
  return undone
}
