import { error, ok, type Result, type Value } from '@ipvm/ipld'
import { invalidWorkflow, unknownField, type InvalidWorkflow } from '../failure.ts'
import type { NamedTask } from '../graph/tasks.ts'
import type { CommandTraits } from './traits.ts'

/** Which tasks run only when they are called upon, by their places. */
export interface CalledUpon {
  readonly standby: ReadonlySet<number>
  /** The task that undoes another one. */
  readonly compensate: ReadonlyMap<number, number>
}

/** The keys of a task's `meta` that say how it is run. */
const known = ['ipvm/config', 'ipvm/standby', 'ipvm/compensate']

/**
 * Reads `ipvm/standby` and `ipvm/compensate` of each task's `meta`. A key of that prefix that is not known is refused:
 * a task that should stand by, and was misspelled, would run.
 */
export function readCalledUpon(
  tasks: readonly NamedTask[],
  traits: readonly CommandTraits[],
): Result<CalledUpon, InvalidWorkflow> {
  const places = new Map(tasks.map(({ label }, at) => [label, at]))
  const standby = new Set<number>()
  const compensate = new Map<number, number>()
  for (const [at, { label, task }] of tasks.entries()) {
    const { meta } = task
    if (!meta) continue
    const path = `tasks.${label}.meta`
    const unknown = Object.keys(meta).find(key => key.startsWith('ipvm/') && !known.includes(key))
    if (unknown !== undefined) return error(unknownField(path, unknown, known))
    const stands = meta['ipvm/standby']
    if (stands !== undefined && typeof stands !== 'boolean') {
      return error(invalidWorkflow(`${path}.ipvm/standby`, 'expected true or false'))
    }
    if (stands) standby.add(at)
    const undoer = meta['ipvm/compensate']
    if (undoer === undefined) continue
    const target = typeof undoer === 'string' ? places.get(undoer) : undefined
    const problem = compensationProblem(at, target, undoer, tasks, traits)
    if (problem !== undefined || target === undefined) {
      return error(invalidWorkflow(`${path}.ipvm/compensate`, problem ?? ''))
    }
    compensate.set(at, target)
    standby.add(target)
  }
  return ok({ standby, compensate })
}

function compensationProblem(
  at: number,
  target: number | undefined,
  undoer: Value,
  tasks: readonly NamedTask[],
  traits: readonly CommandTraits[],
): string | undefined {
  if (traits[at]?.class !== 'mutation') return `${tasks[at]?.task.cmd} is no mutation, so there is nothing to undo`
  if (typeof undoer !== 'string') return 'expected the label of the task that undoes this one'
  const named = target === undefined ? undefined : tasks[target]
  if (target === undefined || !named) return `"${undoer}" is no label here`
  if (traits[target]?.class !== 'mutation') return `"${undoer}" is no mutation, so it cannot undo one`
  if (named.task.meta?.['ipvm/compensate'] !== undefined) {
    return `"${undoer}" has a compensation itself; what undoes is not undone`
  }
  return undefined
}
