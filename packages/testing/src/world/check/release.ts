import { mutations } from '../plan.ts'
import type { Judge } from './judge.ts'
import type { RunFacts } from './ledger.ts'

/** Nothing is asked of the world before it is certain that the run does not fail first. `name` is of what is asked for. */
export function checkRelease(judge: Judge, facts: RunFacts, name: string): void {
  const what = `${name} of ${facts.plan.compiled.workflow.name}`
  if (!facts.released) judge.find(`${what} was asked for before the run was released`)
  if (facts.end) judge.find(`${what} was asked for after the run ended`)
  // Where a handler puts a mutation in the place of what failed, that waits for the mutation.
  const [, spare = ''] = facts.plan.handler?.split(':') ?? []
  const inPlace = facts.plan.tasks.get(spare)
  if (inPlace && (inPlace.afterMutation || mutations.has(inPlace.kind))) return
  for (const { label, afterMutation, standby, kind, handled } of facts.tasks.values()) {
    if (afterMutation || standby || mutations.has(kind)) continue
    // What was asked for by one that had to be settled anew may be asked for no more.
    if (label.includes('/') && facts.reopened.size > 0) continue
    const settled = facts.settled.get(label)
    if (!settled) judge.find(`${what} was asked for while ${label} was not settled on the disk`)
    else if (settled.how === 'failed' && !handled) judge.find(`${what} was asked for though ${label} had failed`)
  }
}
