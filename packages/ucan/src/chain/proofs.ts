import { error, ok, type CID, type Result } from '@ipvm/ipld'
import { verifySignature, withoutFragment, type Did } from '@ipvm/varsig'
import { decodeDelegation, type Delegation } from '../delegation/delegation.ts'
import type { Envelope } from '../envelope/envelope.ts'
import { namesOf } from '../envelope/twin.ts'
import type { RevocationView } from '../revocation/view.ts'
import type { ChainContext, MaybeLater, ValidationContext } from './context.ts'
import { at } from './links.ts'
import type { Fault } from './refusal.ts'

/** Delegations on their way through the checks. */
export interface Gathered {
  readonly proofs: Delegation[]
  /** The indices of those whose signature was not checked before. */
  readonly unverified: number[]
}

/** Gets the delegations of these names, as far as they are there and are what they are named. */
export function gatherProofs(
  names: readonly CID[],
  context: ValidationContext,
  into: Gathered,
): MaybeLater<Fault | undefined> {
  for (let i = into.proofs.length; i < names.length; i++) {
    const cid = names[i]
    if (!cid) continue
    const known = context.verified?.get(cid)
    if (known) {
      into.proofs.push(known)
      continue
    }
    const take = (found: Uint8Array | Delegation | undefined): Fault | undefined => {
      const proof = decodeProof(i, cid, found)
      if ('error' in proof) return proof.error
      into.unverified.push(i)
      into.proofs.push(proof.ok)
      return undefined
    }
    const resolving = context.resolveProof(cid)
    if (resolving instanceof Promise) return resolving.then(found => take(found) ?? gatherProofs(names, context, into))
    const fault = take(resolving)
    if (fault) return fault
  }
  return undefined
}

function decodeProof(i: number, cid: CID, found: Uint8Array | Delegation | undefined): Result<Delegation, Fault> {
  const refuse = (name: Fault['name'], problem: string) =>
    error<Fault>({ name, message: `proof ${i} ${problem}`, proof: i, cid })
  if (!found) return refuse('UnavailableProof', `(${shortCid(cid)}) is not at hand; send it along`)
  const proof = found instanceof Uint8Array ? decodeDelegation(found) : ok(found)
  if ('error' in proof) {
    const { name, message } = proof.error
    const fault = refuse('InvalidClaim', `is no delegation: ${message}`).error
    return error(name === 'InvalidClaim' ? { ...fault, field: proof.error.field } : fault)
  }
  // Never trust the store: a name is what the bytes hash to.
  if (!proof.ok.envelope.cid.equals(cid)) {
    return refuse('UnavailableProof', `(${shortCid(cid)}) came with other bytes, of ${proof.ok.envelope.cid}`)
  }
  return proof
}

/** Checks the signatures of the proofs that were not verified before, and remembers them. */
export function checkSignatures(gathered: Gathered, context: ChainContext, from = 0): MaybeLater<Fault | undefined> {
  const { proofs, unverified } = gathered
  for (let next = from; next < unverified.length; next++) {
    const i = unverified[next] ?? 0
    const proof = proofs[i]
    if (!proof) continue
    const take = (fault: Fault | undefined): Fault | undefined => {
      if (fault) return at(i, proof, { ...fault, message: `is not signed by its issuer: ${fault.message}` })
      context.verified?.add(proof)
      return undefined
    }
    const checking = checkSignature(proof.iss, proof.envelope, context)
    if (checking instanceof Promise) {
      return checking.then(checked => take(checked) ?? checkSignatures(gathered, context, next + 1))
    }
    const fault = take(checking)
    if (fault) return fault
  }
  return undefined
}

/** What is wrong with a token's signature, if anything: at once where the platform can. */
export function checkSignature(
  issuer: Did,
  { header, signed, signature }: Envelope,
  { resolveDid }: ChainContext,
  aside = false,
): MaybeLater<Fault | undefined> {
  const options = resolveDid ? { resolve: resolveDid, aside } : { aside }
  const checking = verifySignature(issuer, header, signed, signature, options)
  return checking instanceof Promise ? checking.then(faultOf) : faultOf(checking)
}

function faultOf(checked: Awaited<ReturnType<typeof verifySignature>>): Fault | undefined {
  return 'error' in checked
    ? { name: 'InvalidSignature', message: checked.error.message, field: 'signature' }
    : undefined
}

/** Whether anyone who issued a proof of this chain has revoked one of its proofs (UCAN Revocation § Scope). */
export function checkRevocations(
  proofs: readonly Delegation[],
  { revocations }: ChainContext,
): MaybeLater<Fault | undefined> {
  return revocations && findRevocation(proofs, revocations)
}

async function findRevocation(proofs: readonly Delegation[], revocations: RevocationView): Promise<Fault | undefined> {
  // Hardly any proof was revoked by anybody.
  let issuers: ReadonlySet<string> | undefined
  for (const [i, proof] of proofs.entries()) {
    for (const name of namesOf(proof.envelope)) {
      const asking = revocations.revokersOf(name)
      for (const revoker of asking instanceof Promise ? await asking : asking) {
        issuers ??= new Set<string>(proofs.map(({ iss }) => withoutFragment(iss)))
        if (!issuers.has(withoutFragment(revoker))) continue
        const message = `was revoked by ${revoker}; get another delegation`
        return at(i, proof, { name: 'Revoked', message })
      }
    }
  }
  return undefined
}

/** A CID as a message can bear it, whatever its length. */
export function shortCid(cid: CID): string {
  const text = cid.toString()
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
