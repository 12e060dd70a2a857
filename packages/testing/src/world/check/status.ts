import type { RunStatus } from '@ipvm/runtime'
import type { Judge } from './judge.ts'
import type { RunFacts } from './ledger.ts'

type TaskStatus = RunStatus['tasks'][number]

/**
 * Whatever of a run is not settled has a moment at which it goes on, or a reason for which it does not, that in the end is a
 * task which has one, or a person.
 *
 * @param now by the clock of the node, milliseconds
 * @param longest no deadline may be further away, milliseconds
 */
export function checkStatus(judge: Judge, facts: RunFacts, status: RunStatus, now: number, longest: number): void {
  const name = facts.start.name
  const byLabel = new Map(status.tasks.map(task => [task.label, task]))
  const visit = (task: TaskStatus, seen: ReadonlySet<string>): string | undefined => {
    if (seen.has(task.label)) return `${task.label} waits for itself`
    if (task.state === 'awaiting' || task.state === 'held') {
      const open = task.labels.flatMap(label => byLabel.get(label) ?? []).filter(({ state }) => state !== 'settled')
      if (open.length === 0) return `${task.label} is ${task.state}, and nothing that it waits for is open`
      const [first] = open
      return first && visit(first, new Set([...seen, task.label]))
    }
    const until = task.state === 'waiting' ? task.until : task.state === 'retrying' ? task.due : now
    return until > now + longest ? `${task.label} is ${task.state} for ${until - now} ms more` : undefined
  }
  for (const task of status.tasks) {
    const problem = visit(task, new Set())
    if (problem !== undefined) judge.find(`the status of ${name}: ${problem}`)
    if (task.state === 'settled' && !facts.settled.has(task.label) && !facts.reopened.has(task.label)) {
      judge.find(`the status of ${name}: ${task.label} is settled, and the disk does not say so`)
    }
  }
}
