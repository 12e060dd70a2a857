import { error, isMap, ok, type CID, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Delegation, Invocation } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import { readConsent, type Consent } from './consent.ts'
import {
  areNamed,
  delegationsValue,
  longest,
  readShared,
  share,
  standingCommands,
  type SharingParts,
} from './delegations.ts'
import { peersKeptMax } from '../limits.ts'
import { peerOf, withPeer, type Edited, type OpenInvitation, type PeerBook, type Peers } from './peer-book.ts'
import { freeName } from './peer-name.ts'

/** What nodes need to become peers. */
export interface JoinParts extends SharingParts {
  readonly book: PeerBook
  /** Where others reach this node now. */
  readonly addresses: () => readonly string[]
  /** What this node calls itself. */
  readonly name?: string
}

/** What a node gives to those who become its peers, as an IPLD value. */
export interface Welcome {
  readonly addresses: readonly string[]
  readonly name?: string
  readonly delegations: readonly Delegation[]
}

/** Nobody may come by this invitation, or not any more. */
export interface NotInvited extends Failure {
  readonly name: 'NotInvited' | 'InvitationUsed' | 'TooManyPeers'
}

/**
 * Answers `/node/join`, an invocation that was validated: who consents becomes a peer, and gets what this node lets its
 * peers do. The same agent may ask again, as one does whose answer was lost; nobody else may. Failures: `NotInvited`,
 * `InvitationUsed`, `InvalidConsent`, `InvalidDelegations`, `TooManyPeers`, and those of the list of peers.
 */
export async function admit(
  { prf, args }: Pick<Invocation, 'prf' | 'args'>,
  parts: JoinParts,
): Promise<Result<Value, Failure>> {
  const [invitation] = prf
  const peers = await parts.book.read()
  if ('error' in peers) return peers
  const open = invitation && invitationOf(peers.ok, invitation)
  if (!open) return error(notInvited)
  const asked = await readJoin(args, open.cid, parts)
  if ('error' in asked) return asked
  const admitted = await parts.book.edit(before => joined(before, { ...asked.ok, invitation }, parts))
  return 'error' in admitted ? admitted : ok(welcomeValue({ ...own(parts), delegations: admitted.ok }))
}

interface Asked {
  readonly consent: Consent
  /** What whoever comes gives to this node. */
  readonly delegations: readonly Delegation[]
}

async function readJoin(
  args: Invocation['args'],
  invitation: CID,
  { signer, now }: JoinParts,
): Promise<Result<Asked, Failure>> {
  const bytes = args.consent
  const context = { invitation, inviter: signer.did, now: now() }
  const consent = await readConsent(bytes instanceof Uint8Array ? bytes : new Uint8Array(0), context)
  if ('error' in consent) return consent
  const between = { iss: consent.ok.did, aud: signer.did, now: now() }
  const delegations = await readShared(args.delegations ?? null, between)
  if ('error' in delegations) return delegations
  if (areNamed(delegations.ok, consent.ok.delegations)) return ok({ consent: consent.ok, delegations: delegations.ok })
  return error({ name: 'InvalidConsent', message: 'no consent to join: it names other delegations than came along' })
}

async function joined(
  before: Peers,
  { consent, delegations, invitation }: Asked & { readonly invitation: CID },
  parts: JoinParts,
): Promise<Result<Edited<readonly Delegation[]>, NotInvited>> {
  const open = invitationOf(before, invitation)
  if (!open) return error(notInvited)
  const { did, addresses } = consent
  const { usedBy, commands } = open
  if (usedBy !== undefined && !sameDid(usedBy, did)) return error(used(usedBy))
  const known = peerOf(before, did)
  if (!known && before.peers.length >= peersKeptMax) return error(tooMany)
  // Who comes once more has what it has: what was taken from it since is not given back by an old link.
  const again = usedBy === undefined ? undefined : known
  const wanted = again ? await standingCommands(again.given, parts) : commands
  const given = await share({ aud: did, commands: wanted, given: known?.given ?? [] }, parts)
  const name = known?.name ?? freeName(open.name ?? consent.name, did, before)
  const peer = {
    ...{ did, addresses, trusted: again?.trusted ?? true, since: known?.since ?? parts.now(), delegations, given },
    ...(name !== undefined && { name }),
  }
  const invitations = before.invitations.map(one => (one.cid.equals(invitation) ? { ...one, usedBy: did } : one))
  return ok({ peers: { ...withPeer(before, peer), invitations }, value: longest(given) })
}

/** What this node says of itself to those whom it deals with. */
export function own({ addresses, name }: JoinParts): Omit<Welcome, 'delegations'> {
  return { addresses: addresses(), ...(name !== undefined && { name }) }
}

/** A welcome as a node answers it. */
export function welcomeValue({ addresses, name, delegations }: Welcome): Value {
  return {
    addresses: [...addresses],
    ...(name !== undefined && { name }),
    delegations: delegationsValue(delegations),
  }
}

/** The parts of a welcome, none of them checked but for their types. */
export function welcomeParts(
  value: Value,
): { readonly addresses: Value; readonly name: string | undefined; readonly delegations: Value } | undefined {
  if (!isMap(value)) return undefined
  const { addresses = null, name, delegations = null } = value
  if (name !== undefined && typeof name !== 'string') return undefined
  return { addresses, name, delegations }
}

function invitationOf({ invitations }: Peers, cid: CID): OpenInvitation | undefined {
  return invitations.find(one => one.cid.equals(cid))
}

const notInvited: NotInvited = {
  name: 'NotInvited',
  message: 'this invitation does not count here: it was taken back, or is too old; ask for another one: ipvm invite',
}

const tooMany: NotInvited = {
  name: 'TooManyPeers',
  message: `this node has ${peersKeptMax} peers, and takes no more; it has to forget one: ipvm peers forget NAME`,
}

function used(did: string): NotInvited {
  return {
    name: 'InvitationUsed',
    message: `${did} came by this invitation, and it is for one; ask for another one: ipvm invite`,
  }
}
