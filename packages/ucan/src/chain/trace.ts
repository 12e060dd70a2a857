import { encodeJson, type Value } from '@ipvm/ipld'
import type { Did } from '@ipvm/varsig'
import { printTime } from '../claim/print-time.ts'
import type { Delegation } from '../delegation/delegation.ts'
import { printStatement } from '../policy/statement.ts'
import type { Request } from './context.ts'
import type { Fault } from './refusal.ts'

/** A chain, a line each: who asks what of whom, who gave what to whom, and where it breaks. For a person to read. */
export function describeChain(
  { iss, sub, cmd }: Omit<Request, 'args'>,
  proofs: readonly Delegation[],
  fault?: Fault,
): readonly string[] {
  const lines = [`${shortDid(iss)} asks ${short(cmd)} of ${shortDid(sub)}`]
  for (const [i, proof] of proofs.entries()) {
    lines.push(`${fault?.proof === i ? '✗' : '·'} proof ${i}: ${describeDelegation(proof)}`)
  }
  if (!fault) return lines
  if (fault.statement !== undefined) {
    lines.push(`  demanded: ${fault.statement}`)
    lines.push(`  found${fault.selector === undefined ? '' : ` at ${fault.selector}`}: ${found(fault.value)}`)
  }
  lines.push(`${fault.name}: ${fault.message}`)
  return lines
}

/** A delegation in a line: who gives what to whom, about whom, until when, on which terms (UCAN Delegation § Payload). */
export function describeDelegation({ iss, aud, sub, cmd, pol, exp, nbf }: Delegation): string {
  const about = sub === null ? 'about any subject' : `about ${shortDid(sub)}`
  const from = nbf === undefined ? '' : `, from ${printTime(nbf)}`
  const until = exp === null ? ', for good' : `, until ${printTime(exp)}`
  const terms = pol.length === 0 ? '' : `, if ${short(pol.map(printStatement).join(' and '))}`
  return `${shortDid(iss)} → ${shortDid(aud)}: ${short(cmd)} ${about}${from}${until}${terms}`
}

function shortDid(did: Did): string {
  return did.length <= 32 ? did : `${did.slice(0, 16)}…${did.slice(-6)}`
}

function found(value: Value | undefined): string {
  return value === undefined ? 'nothing' : short(encodeJson(value))
}

function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
