import type { Failure, Result } from '@ipvm/ipld'
import type { Did, MalformedDid, PublicKey } from './did.ts'

/** The keys of a DID could not be found out now. */
export interface UnresolvedDid extends Failure {
  readonly name: 'UnresolvedDid'
  readonly did: string
}

/**
 * Finds the keys that may sign for a DID that does not hold its key itself, such as a `did:web`. Of a DID with a
 * fragment, the key that the fragment names (W3C DID 1.0 § DID Resolution).
 */
export type DidResolver = (did: Did) => Promise<Result<readonly PublicKey[], UnresolvedDid | MalformedDid>>

/** The failure of a DID whose keys could not be found out. */
export function unresolvedDid(did: string, problem: string): UnresolvedDid {
  return { name: 'UnresolvedDid', message: `the keys of ${did.slice(0, 200)} are not known: ${problem}`, did }
}
