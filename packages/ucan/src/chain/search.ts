import { sameDid, withoutFragment, type Did } from '@ipvm/varsig'
import { covers } from '../command/command.ts'
import type { UnixSeconds } from '../claim/claim.ts'
import type { Delegation } from '../delegation/delegation.ts'
import { containerTokensMax, policyStepsMax, proofsMax } from '../limits.ts'
import { Budget } from '../policy/budget.ts'
import { evaluatePolicy, openPromises } from '../policy/evaluate.ts'
import type { Request } from './context.ts'
import { checkTimeBounds } from './time.ts'

/** What may be left aside when nothing better is found, so that a refusal can say what is wrong. */
type Fits = (proof: Delegation) => boolean

/**
 * Picks from a heap of delegations the shortest chain, root first, that lets an agent do something. Where none would,
 * the chain that comes closest, for {@link wouldAllow} to explain; empty where nothing leads from the subject to the
 * agent. Signatures and revocations are not looked at here. The order of the heap does not decide whether there is one.
 *
 * @param delegations at most `containerTokensMax` are considered
 */
export function findProofs(
  delegations: readonly Delegation[],
  { iss, sub, cmd, args }: Request,
  now: UnixSeconds,
  leeway?: number,
): readonly Delegation[] {
  const heap = delegations.slice(0, containerTokensMax).filter(proof => proof.sub === null || sameDid(proof.sub, sub))
  const budget = new Budget(policyStepsMax)
  const covering: Fits = proof => covers(proof.cmd, cmd)
  const current: Fits = proof => covering(proof) && checkTimeBounds(proof, now, leeway) === undefined
  const pending = openPromises(args ?? null)
  const holds = ({ pol }: Delegation) => !args || evaluatePolicy(pol, args, { budget, pending }).holds
  // What waits for a promise may still hold; what does not hold never will.
  const satisfied: Fits = proof => current(proof) && holds(proof) === true
  const possible: Fits = proof => current(proof) && holds(proof) !== false
  for (const fits of [satisfied, possible, current, covering, () => true]) {
    const chain = shortest(heap.filter(fits), iss, sub)
    if (chain) return chain
  }
  return []
}

/** Breadth first from the asker's own delegations back to one that the subject issued. */
function shortest(heap: readonly Delegation[], iss: Did, sub: Did): readonly Delegation[] | undefined {
  let chains: (readonly Delegation[])[] = heap.filter(({ aud }) => sameDid(aud, iss)).map(proof => [proof])
  const byAudience = Map.groupBy(heap, ({ aud }) => withoutFragment(aud))
  const seen = new Set<Delegation>(chains.flat())
  for (let length = 1; length <= proofsMax && chains.length > 0; length++) {
    const whole = chains.find(([root]) => root && root.sub !== null && sameDid(root.iss, sub))
    if (whole) return whole
    const longer: (readonly Delegation[])[] = []
    for (const chain of chains) {
      const [first] = chain
      for (const before of (first && byAudience.get(withoutFragment(first.iss))) ?? []) {
        if (!first || seen.has(before) || !covers(before.cmd, first.cmd)) continue
        seen.add(before)
        longer.push([before, ...chain])
      }
    }
    chains = longer
  }
  return undefined
}
