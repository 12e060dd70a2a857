import { sameDid } from '@ipvm/varsig'
import { covers, type Command } from '../command/command.ts'
import type { Delegation } from '../delegation/delegation.ts'
import { policyStepsMax } from '../limits.ts'
import { Budget } from '../policy/budget.ts'
import { evaluatePolicy, openPromises, type Explanation } from '../policy/evaluate.ts'
import type { ChainContext, Request } from './context.ts'
import type { Fault } from './refusal.ts'
import { checkTimeBounds } from './time.ts'

/**
 * Whether the proofs fit together, root first: subject, principals, commands (UCAN Invocation § Proof Chains). Without
 * proofs, only the subject may ask.
 */
export function checkLinks({ iss, sub, cmd }: Request, proofs: readonly Delegation[]): Fault | undefined {
  let holder = sub
  let held = proofs[0]?.cmd ?? cmd
  for (const [i, proof] of proofs.entries()) {
    const refuse = (name: Fault['name'], field: string, problem: string): Fault =>
      at(i, proof, { name, field, message: problem })
    if (i === 0 && proof.sub === null) {
      return refuse('InvalidClaim', 'sub', 'is the root and has to name its subject')
    }
    if (proof.sub !== null && !sameDid(proof.sub, sub)) {
      return refuse('InvalidSubject', 'sub', `is about ${proof.sub}, and ${sub} is asked`)
    }
    if (!sameDid(proof.iss, holder)) {
      const expected = i === 0 ? 'the subject' : `the audience of proof ${i - 1}`
      return refuse('InvalidAudience', 'iss', `is issued by ${proof.iss}, and ${expected} is ${holder}`)
    }
    if (!covers(held, proof.cmd)) {
      return refuse(
        'InvalidClaim',
        'cmd',
        `gives ${short(proof.cmd)}, and its issuer holds no more than ${short(held)}`,
      )
    }
    if (!covers(proof.cmd, cmd))
      return refuse('InvalidClaim', 'cmd', `gives ${short(proof.cmd)}, and ${short(cmd)} is asked`)
    holder = proof.aud
    held = proof.cmd
  }
  if (sameDid(holder, iss)) return undefined
  if (proofs.length === 0) {
    const message = `${iss} shows no proof that it may do ${short(cmd)} for ${sub}; get a delegation from that one`
    return { name: 'InvalidClaim', message, field: 'prf' }
  }
  const message = `the last proof is for ${holder}, and ${iss} asks; it needs one of its own`
  return { name: 'InvalidAudience', message, field: 'iss' }
}

/** Whether every proof counts now. */
export function checkTimes(proofs: readonly Delegation[], { now, leeway }: ChainContext): Fault | undefined {
  for (const [i, proof] of proofs.entries()) {
    const fault = checkTimeBounds(proof, now, leeway)
    if (fault) return at(i, proof, fault)
  }
  return undefined
}

/** Whether the arguments satisfy every policy; promises that are open decide nothing yet, and are told of last. */
export function checkPolicies(
  args: NonNullable<Request['args']>,
  proofs: readonly Delegation[],
  promisesAreOpen: boolean,
): Fault | undefined {
  const open = promisesAreOpen ? openPromises(args) : undefined
  const pending = open && open.size > 0 ? open : undefined
  const budget = new Budget(policyStepsMax)
  for (const [i, proof] of proofs.entries()) {
    const verdict = evaluatePolicy(proof.pol, args, pending ? { budget, pending } : { budget })
    if (verdict.holds === false) return at(i, proof, mismatch(verdict.because))
  }
  if (!pending) return undefined
  const message =
    'the arguments hold a promise whose task has not ended; all else is in order, ask again with its value'
  return { name: 'Unresolved', message, field: 'args' }
}

function mismatch({ path, statement, selector, value, problem }: Explanation): Fault {
  return {
    name: 'MatchError',
    message: problem,
    field: 'pol',
    path,
    statement,
    ...(selector !== undefined && { selector }),
    ...(value !== undefined && { value }),
  }
}

/** A fault, told of the proof that has it. */
export function at(proof: number, { envelope }: Delegation, fault: Fault): Fault {
  return { ...fault, message: `proof ${proof} ${fault.message}`, proof, cid: envelope.cid }
}

function short(command: Command): string {
  return command.length > 100 ? `${command.slice(0, 100)}…` : command
}
