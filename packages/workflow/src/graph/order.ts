import { error, ok, type Result } from '@ipvm/ipld'
import type { CyclicWorkflow } from '../failure.ts'

/**
 * The labels of a graph, each after all that it waits for. Depth first with an explicit stack, since a chain may be
 * as long as a workflow. Failure: `CyclicWorkflow`, which names the cycle.
 */
export function dependencyOrder(awaited: ReadonlyMap<string, readonly string[]>): Result<string[], CyclicWorkflow> {
  const order: string[] = []
  const done = new Set<string>()
  const onPath = new Set<string>()
  for (const root of awaited.keys()) {
    if (done.has(root)) continue
    const path: Visit[] = [visit(awaited, root)]
    onPath.add(root)
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const next = last.awaited[last.at++]
      if (next === undefined) {
        path.pop()
        onPath.delete(last.label)
        done.add(last.label)
        order.push(last.label)
      } else if (onPath.has(next)) {
        return error(cyclic(path, next))
      } else if (!done.has(next)) {
        path.push(visit(awaited, next))
        onPath.add(next)
      }
    }
  }
  return ok(order)
}

interface Visit {
  readonly label: string
  readonly awaited: readonly string[]
  at: number
}

function visit(awaited: ReadonlyMap<string, readonly string[]>, label: string): Visit {
  return { label, awaited: awaited.get(label) ?? [], at: 0 }
}

function cyclic(path: readonly Visit[], again: string): CyclicWorkflow {
  const labels = path.map(({ label }) => label)
  const cycle = [...labels.slice(labels.indexOf(again)), again]
  const shown = cycle.length > 12 ? [...cycle.slice(0, 6), '…', ...cycle.slice(-5)] : cycle
  const message = `the tasks wait for each other: ${shown.join(' → ')}; remove one of these promises`
  return { name: 'CyclicWorkflow', message, cycle }
}
