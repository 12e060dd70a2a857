import type { CID, ValueMap } from '@ipvm/ipld'
import type { Did, DidResolver } from '@ipvm/varsig'
import type { VerifiedTokens } from '../cache/verified.ts'
import type { UnixSeconds } from '../claim/claim.ts'
import type { Command } from '../command/command.ts'
import type { Delegation } from '../delegation/delegation.ts'
import type { ReplayView } from '../replay/replay.ts'
import type { RevocationView } from '../revocation/view.ts'

/** At once where it can be, later where something outside has to be waited for. */
export type MaybeLater<T> = T | Promise<T>

/** Finds a proof by its name: its bytes, or the delegation that was decoded from them. Its name is checked again. */
export type ResolveProof = (cid: CID) => MaybeLater<Uint8Array | Delegation | undefined>

/** What a chain is judged by; all of it comes from the caller, so that a judgement can be repeated. */
export interface ChainContext {
  /** Seconds since the epoch, UTC: one instant for the whole chain. */
  readonly now: UnixSeconds
  /** How far clocks may differ, seconds; 60 by default. */
  readonly leeway?: number
  readonly revocations?: RevocationView
  /** Remembers what was verified, so that the same proofs cost nothing the next time. */
  readonly verified?: VerifiedTokens
  /** Finds the keys of issuers that are not a `did:key`. */
  readonly resolveDid?: DidResolver
}

/** What an invocation is judged by. */
export interface ValidationContext extends ChainContext {
  /** Who is asked: the invocation's audience, or its subject where it names none, has to be this agent. */
  readonly executor: Did
  readonly resolveProof: ResolveProof
  /** Marks the invocation as used; leave it out to ask without using it up. */
  readonly replay?: ReplayView
  /** The arguments with values in place of promises. Without it, a promise in the arguments is `Unresolved`. */
  readonly resolvedArgs?: ValueMap
  /** Has another thread check the invocation's signature, where there is one: for whoever answers many at once. */
  readonly aside?: boolean
}

/** What is asked, by whom. */
export interface Request {
  readonly iss: Did
  readonly sub: Did
  readonly cmd: Command
  /** Without arguments, policies are not looked at. */
  readonly args?: ValueMap
}
