import type { Change, JournalEntry } from '@ipvm/store'
import type { Judge } from './judge.ts'
import type { Ledger, RunFacts } from './ledger.ts'

/** Journals have no gaps, what has ended stays so, and what is settled is not settled again. To be asked before the ledger has the change. */
export function checkJournal(judge: Judge, ledger: Ledger, change: Change): void {
  const lengths = new Map<RunFacts, number>()
  for (const entry of change.journal ?? []) {
    const facts = ledger.run(entry.run)
    if (!facts) {
      if (!change.runStarted?.run.equals(entry.run)) judge.find(`the run ${entry.run} has a journal and no beginning`)
      continue
    }
    const length = lengths.get(facts) ?? facts.journal.length
    const name = facts.plan.compiled.workflow.name
    if (entry.seq !== length + 1) judge.find(`the journal of ${name} goes on with ${entry.seq} after ${length}`)
    lengths.set(facts, length + 1)
    checkEntry(judge, facts, entry, `${name} (${entry.seq})`)
  }
}

function checkEntry(judge: Judge, facts: RunFacts, { event }: JournalEntry, where: string): void {
  if (facts.end && event.type !== 'reopened') judge.find(`${where}: ${event.type} after the run ended`)
  if (event.type === 'settled') {
    const before = facts.settled.get(event.label)
    if (!facts.tasks.has(event.label)) judge.find(`${where}: ${event.label} is no task of the workflow`)
    if (before && before.how !== 'failed') judge.find(`${where}: ${event.label} is settled again; it was ${before.how}`)
  }
  // What functions asked for is released by itself.
  const isOnce = facts.reopened.size === 0 && facts.asked.size === 0
  if (event.type === 'released' && facts.released && isOnce) judge.find(`${where}: released twice`)
}
