import { error, ok, type CID, type Result } from '@ipvm/ipld'
import { invalidWorkflow, type InvalidWorkflow } from '../failure.ts'
import type { AwaitingTask } from '../graph/tasks.ts'
import type { CommandTraits } from './traits.ts'

/** What one task awaits. */
export interface Wires {
  /** Tasks of this workflow, by their places. */
  readonly awaits: readonly number[]
  /** Tasks of other workflows. */
  readonly foreign: readonly CID[]
}

/** Which task awaits which. */
export interface Wiring {
  readonly wires: readonly Wires[]
  /** The places of each task: several where labels share it, one where it is a mutation. */
  readonly groups: readonly (readonly number[])[]
}

/** Reads what each task awaits. Failure: a promise of a name that several mutations have, which means none of them. */
export function wire(
  tasks: readonly AwaitingTask[],
  traits: readonly CommandTraits[],
): Result<Wiring, InvalidWorkflow> {
  const places = placesByName(tasks)
  const wires: Wires[] = []
  for (const { label, promises } of tasks) {
    const awaits = new Set<number>()
    const foreign = new Map<string, CID>()
    for (const { target, key } of promises) {
      const [first, second] = places.get(key) ?? []
      if (first === undefined) foreign.set(key, target)
      else if (second !== undefined && traits[first]?.class === 'mutation') {
        return error(ambiguous(label, tasks[first]?.label, tasks[second]?.label))
      } else awaits.add(first)
    }
    wires.push({ awaits: [...awaits], foreign: [...foreign.values()] })
  }
  const groups = [...places.values()].flatMap(same =>
    traits[same[0] ?? 0]?.class === 'mutation' ? same.map(at => [at]) : [same],
  )
  return ok({ wires, groups })
}

function placesByName(tasks: readonly AwaitingTask[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [at, { key }] of tasks.entries()) {
    const same = places.get(key)
    if (same) same.push(at)
    else places.set(key, [at])
  }
  return places
}

/** The places of those tasks whose failure some task awaits that is not on standby. */
export function handledTasks(tasks: readonly AwaitingTask[], standby: ReadonlySet<number>): ReadonlySet<number> {
  const awaited = new Set<string>()
  for (const [at, { promises }] of tasks.entries()) {
    if (standby.has(at)) continue
    for (const { branch, key } of promises) if (branch !== 'ok') awaited.add(key)
  }
  const handled = new Set<number>()
  for (const [at, { key }] of tasks.entries()) if (awaited.has(key)) handled.add(at)
  return handled
}

function ambiguous(label: string, first = '', second = ''): InvalidWorkflow {
  return invalidWorkflow(
    `tasks.${label}`,
    `awaits a task that "${first}" and "${second}" both are, and a mutation is done for each of them; make them differ, by a nonce if by nothing else`,
  )
}
