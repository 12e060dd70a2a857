import { error, ok, type Result } from '@ipvm/ipld'
import type { Command, Effects, Task } from '@ipvm/ucan'
import { invalidWorkflow, type InvalidWorkflow } from '../failure.ts'
import { spawnedLabelLengthMax } from '../limits.ts'
import { chainAfter, forkLabel, joinLabel, type Spawned } from './labels.ts'
import { layOutApart, type LayoutFailure, type PlacedTask } from './layout.ts'
import type { TraitsOf } from './traits.ts'

/** The tasks that a function asked for, with their places among each other. */
export interface SpawnedLayout {
  /** Each after those of them that it awaits, by their places here. */
  readonly tasks: readonly PlacedTask[]
  /** The place of the one whose outcome stands for that of the task that asked. */
  readonly join?: number
}

/**
 * Places the tasks that the function of a task asked for, as if they stood in a document of their own: what they await
 * besides each other is of another workflow. They are run as their asker is. Failure: of such a document; a chain that
 * is too long for labels; a secret whose value would stand for that of a task that is none.
 */
export function layOutSpawned(
  asker: PlacedTask,
  { fork, join }: Effects,
  traitsOf: TraitsOf,
  commands: readonly Command[] = [],
): Result<SpawnedLayout, LayoutFailure> {
  const [joins, depth] = [joinLabel(asker), (asker.spawned?.depth ?? 0) + 1]
  const asked: Record<string, Task> = {}
  for (const [at, task] of fork.entries()) asked[forkLabel(asker, at)] = task
  if (join) asked[joins] = join
  const long = Object.keys(asked).find(label => label.length > spawnedLabelLengthMax)
  if (long !== undefined) return error(tooDeep(asker.label))
  const placed = layOutApart(asked, asker.config, traitsOf, commands)
  if ('error' in placed) return placed
  const by = { asker: asker.label, root: asker.spawned?.root ?? asker.label, depth }
  const tasks = placed.ok.tasks.map((task): PlacedTask => {
    const isJoin = join !== undefined && task.label === joins
    const spawned: Spawned = isJoin ? { ...by, as: 'join', chain: chainAfter(asker) } : { ...by, as: 'fork' }
    const afterMutation = asker.afterMutation || task.afterMutation
    // How it ends is how its asker ends, whose failure that is.
    return { ...task, afterMutation, handled: isJoin || task.handled, spawned }
  })
  const at = join ? tasks.findIndex(({ label }) => label === joins) : -1
  if (at < 0) return ok({ tasks })
  return tasks[at]?.secret ? error(secretJoin(asker.label, joins)) : ok({ tasks, join: at })
}

function tooDeep(label: string): InvalidWorkflow {
  return invalidWorkflow(
    `tasks.${label.slice(0, 80)}…`,
    'what it asks for is nested too deep; let it go on by join, not by fork',
  )
}

function secretJoin(asker: string, label: string): LayoutFailure {
  const path = `tasks.${label}`
  const message = `${path}: it is secret, and its outcome would be that of "${asker}", which is not; let it give none of it`
  return { name: 'SecretLeak', message, path }
}
