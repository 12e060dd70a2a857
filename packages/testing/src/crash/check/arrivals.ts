import type { Arrival } from '../server/arrival.ts'
import { isMutation, plannedById, type Evidence } from './evidence.ts'
import type { PlannedTask } from '../workflows/plan.ts'

/** What came to the counting server and should not have: too often, under several keys, unasked, or of a workflow that failed. */
export async function arrivalProblems(evidence: Evidence): Promise<string[]> {
  const { arrivals, submissions, retried } = evidence
  const planned = plannedById(submissions)
  const problems: string[] = []
  for (const [id, came] of Map.groupBy(arrivals, arrival => arrival.id)) {
    const task = planned.get(id)
    problems.push(
      ...(task ? tooMuch(task, came, retried.get(id) ?? 0) : [`${id} was asked for, and is of no workflow`]),
    )
  }
  return [...problems, ...(await unasked(evidence))]
}

function tooMuch(task: PlannedTask, came: readonly Arrival[], retried: number): string[] {
  const { id, kind } = task
  const keys = new Set(came.map(({ key }) => key))
  const done = came.filter(({ acted }) => acted).length
  switch (kind) {
    case 'keyed':
      return keys.size > 1 ? [`${id} arrived under ${keys.size} keys: ${[...keys].join(', ')}`] : []
    case 'once':
      return came.length > 1 + retried
        ? [`${id} arrived ${came.length} times; a person retried it ${retried} times`]
        : []
    case 'probed':
      return done > 1 ? [`${id} was done ${done} times`] : []
    default:
      return []
  }
}

/** A mutation that arrived without an intent in the journal, or from a workflow that failed before anything may be sent. */
async function unasked({ store, submissions, arrivals }: Evidence): Promise<string[]> {
  const intents = new Set<string>()
  for (const { invocation, planned } of submissions) {
    for (const { event } of await store.journal(invocation.envelope.cid)) {
      if (event.type === 'intent') intents.add(planned.tasks.get(event.label)?.id ?? '')
    }
  }
  const came = new Set(arrivals.map(({ id }) => id))
  return submissions.flatMap(({ planned }) =>
    [...planned.tasks.values()]
      .filter(task => isMutation(task) && came.has(task.id))
      .flatMap(({ id }) => [
        ...(intents.has(id) ? [] : [`${id} arrived, and no journal says that it was to be asked for`]),
        ...(planned.fate === 'doomed' ? [`${id} arrived, though its workflow failed before`] : []),
      ]),
  )
}
