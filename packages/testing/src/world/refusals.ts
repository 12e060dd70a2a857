import { cidKey } from '@ipvm/ipld'
import type { Delegation } from '@ipvm/ucan'
import { mutations, type Kind, type PlannedTask } from './plan.ts'
import type { Submitter } from './submitters.ts'

/** The kinds into whose arguments values of secrets may go. */
const takesSecrets: ReadonlySet<Kind> = new Set<Kind>(['guest', 'vault'])

/** The names of the failures with which a workflow has to be refused before anything runs; none where it is in order. */
export function refusalsOf(
  tasks: ReadonlyMap<string, PlannedTask>,
  submitter: Submitter,
  revoked?: ReadonlySet<Delegation>,
): readonly string[] {
  const names = new Set<string>()
  if (!submitter.may('/workflow/run', {}, revoked)) for (const name of unauthorised) names.add(name)
  for (const task of tasks.values()) {
    if (submitter.may(task.task.cmd, task.task.args, revoked) === false)
      for (const name of unauthorised) names.add(name)
    const isTold = task.refs.some(({ label }) => tasks.get(label ?? '')?.secret)
    if (isTold && !takesSecrets.has(task.kind)) names.add('SecretLeak')
    const awaitsStandby = !task.standby && task.refs.some(({ label }) => tasks.get(label ?? '')?.standby)
    if (awaitsStandby || isAmbiguous(task, tasks)) names.add('InvalidWorkflow')
  }
  return [...names]
}

/** How a chain of delegations says that it does not reach that far. */
export const unauthorised = ['MatchError', 'InvalidAudience', 'InvalidSubject', 'InvalidClaim', 'Revoked']

/** Whether it awaits a mutation that stands twice in the workflow: then there are two, and no saying which is meant. */
function isAmbiguous({ refs }: PlannedTask, tasks: ReadonlyMap<string, PlannedTask>): boolean {
  return refs.some(({ label, target }) => {
    if (label === undefined || !mutations.has(tasks.get(label)?.kind ?? 'guest')) return false
    const same = [...tasks.values()].filter(({ name }) => cidKey(name) === cidKey(target))
    return same.length > 1
  })
}
