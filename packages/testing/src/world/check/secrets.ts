import { cidKey } from '@ipvm/ipld'
import type { Change } from '@ipvm/store'
import type { Judge } from './judge.ts'
import type { Ledger } from './ledger.ts'

/** Whatever comes of a secret is marked by the time that anybody can see it, and leaves no log. The ledger has the change. */
export function checkSecrets(judge: Judge, ledger: Ledger, change: Change): void {
  for (const { run, event } of change.journal ?? []) {
    if (event.type !== 'settled') continue
    const facts = ledger.run(run)
    const task = facts?.plan.tasks.get(event.label)
    if (!facts || !task?.secret) continue
    const where = `${event.label} of ${facts.plan.compiled.workflow.name}`
    if (!ledger.secrets.has(cidKey(event.receipt))) judge.find(`${where} is secret, and its receipt is not marked`)
    const log = change.reports?.find(({ receipt }) => receipt.equals(event.receipt))?.log ?? ''
    if (log !== '') judge.find(`${where} is secret, and its log is kept`)
  }
}
