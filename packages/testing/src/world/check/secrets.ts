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
    const receipt = ledger.receipt(event.receipt)
    const isOpen = receipt && 'ok' in receipt.out && !ledger.sealed.has(cidKey(event.receipt))
    // A mutation that was done before, for who made no secret of it, is not done again.
    const isKnown = event.how === 'reused' && task.task.cmd !== '/wasm/run'
    if (isOpen && !isKnown) judge.find(`${where} is secret, and its receipt is in the clear`)
    const log = change.reports?.find(({ receipt }) => receipt.equals(event.receipt))?.log ?? ''
    if (log !== '') judge.find(`${where} is secret, and its log is kept`)
  }
}
