import { error, isMap, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Network } from '@ipvm/network'
import { invoke, limits, type Command, type Delegation, type Invocation, type Outcome } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { own, welcomeParts, type JoinParts } from './admit.ts'
import { askOutcome } from './ask.ts'
import { joinCommand } from './commands.ts'
import { consent } from './consent.ts'
import { delegationsValue, longest, readShared, share } from './delegations.ts'
import { areAddresses, type Invitation } from './invitation.ts'
import { peersKeptMax, sharedSeconds } from '../limits.ts'
import { peerOf, withPeer, type Edited, type KnownPeer, type Peers } from './peer-book.ts'
import { freeName } from './peer-name.ts'

/** How others are reached while one joins. */
export interface JoinNetwork {
  readonly network: Pick<Network, 'request'>
  /** Who proves to be at an address (ADR 93); undefined where nobody proves anything. */
  readonly who: (address: string) => Promise<Result<Did | undefined, Failure>>
}

/** How one joins. */
export interface JoinOptions {
  /** What to call the inviter here. */
  readonly name?: string
  /** What the inviter may do here. */
  readonly commands: readonly Command[]
}

/** Nobody was found who is the inviter. */
export interface NotJoined extends Failure {
  readonly name: 'OwnInvitation' | 'Revoked' | 'WrongPeer' | 'NoAddress' | 'TooManyPeers' | 'MalformedWelcome'
}

/**
 * Comes by an invitation: each of the two is the other's peer then, trusts its receipts, and may do at it what was given.
 * Who answers at an address has to prove to be the inviter before anything is sent. Failures: `OwnInvitation`,
 * `WrongPeer`, `NoAddress`, those of the inviter (`InvitationUsed`, `NotInvited`, …), and those of the network.
 */
export async function join(
  invitation: Invitation,
  options: JoinOptions,
  parts: JoinParts,
  reach: JoinNetwork,
): Promise<Result<KnownPeer, Failure>> {
  const { inviter } = invitation
  if (sameDid(inviter, parts.signer.did)) return error(ownInvitation)
  const peers = await parts.book.read()
  if ('error' in peers) return peers
  const had = peerOf(peers.ok, inviter)?.given ?? []
  const given = await share({ aud: inviter, commands: options.commands, given: had }, parts)
  const invocation = await asked(invitation, longest(given), parts)
  const outcome = await askedSomewhere(invitation, invocation, reach)
  if ('error' in outcome) return outcome.error.name === takenBack.name ? error(takenBack) : outcome
  const { address, out } = outcome.ok
  if ('error' in out)
    return error(out.error.name === takenBack.name ? takenBack : { name: out.error.name, message: out.error.message })
  const welcome = await readWelcome(out.ok, inviter, parts)
  if ('error' in welcome) return welcome
  const { name = options.name, ...fields } = welcome.ok
  const addresses = [...new Set([address, ...fields.addresses])]
  const peer = { ...fields, did: inviter, addresses, trusted: true, since: parts.now(), given }
  const wanted = options.name ?? name
  return parts.book.edit(before => withInviter(before, { ...peer, ...(wanted !== undefined && { name: wanted }) }))
}

async function asked(
  { inviter, key, delegation }: Invitation,
  given: readonly Delegation[],
  parts: JoinParts,
): Promise<Invocation> {
  const { signer, now, random } = parts
  const exp = delegation.exp ?? now() + sharedSeconds
  const invitation = delegation.envelope.cid
  const delegations = given.map(({ envelope }) => envelope.cid)
  const said = await consent(
    { ...own(parts), delegations, invitation, inviter, exp, nonce: random(limits.nonceBytes) },
    signer,
  )
  const args = { consent: said.bytes, delegations: delegationsValue(given) }
  return invoke({ sub: inviter, cmd: joinCommand, args, prf: [invitation], nonce: random(limits.nonceBytes), exp }, key)
}

/** Asks where the inviter is found, at one address after the other as long as it has not answered. */
async function askedSomewhere(
  { inviter, addresses, delegation }: Invitation,
  invocation: Invocation,
  { network, who }: JoinNetwork,
): Promise<Result<{ readonly address: string; readonly out: Outcome }, Failure>> {
  // That somebody else is there says more than that nobody is; and the first address is the best one.
  let wrong: Result<never, Failure> | undefined
  let failed: Result<never, Failure> | undefined
  // Looked for everywhere at once: some addresses are of networks that this machine is not in.
  const found = await Promise.all(addresses.map(async address => ({ address, there: await who(address) })))
  for (const { address, there } of found) {
    if ('error' in there) failed ??= there
    else if (there.ok === undefined || !sameDid(there.ok, inviter)) {
      wrong ??= error(wrongPeer(address, inviter, there.ok))
    } else {
      const out = await askOutcome(network, address, { invocation, proofs: [delegation] })
      if ('ok' in out) return ok({ address, out: out.ok })
      wrong = out
    }
  }
  return wrong ?? failed ?? error(noAddress)
}

/** What a peer said of itself and gave, checked. Failures: `MalformedWelcome`, `InvalidDelegations`. */
export async function readWelcome(
  value: Value,
  iss: Did,
  { signer, now }: Pick<JoinParts, 'signer' | 'now'>,
): Promise<Result<{ addresses: readonly string[]; name?: string; delegations: readonly Delegation[] }, Failure>> {
  const said = isMap(value) ? welcomeParts(value) : undefined
  if (!said || !areAddresses(said.addresses)) return error(malformedWelcome)
  const delegations = await readShared(said.delegations, { iss, aud: signer.did, now: now() })
  if ('error' in delegations) return delegations
  const name = said.name === undefined ? {} : { name: said.name }
  return ok({ addresses: said.addresses, ...name, delegations: delegations.ok })
}

function withInviter(before: Peers, { name: wanted, ...peer }: KnownPeer): Result<Edited<KnownPeer>, NotJoined> {
  const known = peerOf(before, peer.did)
  if (!known && before.peers.length >= peersKeptMax) return error(tooMany)
  const name = known?.name ?? freeName(wanted, peer.did, before)
  const value = { ...peer, since: known?.since ?? peer.since, ...(name !== undefined && { name }) }
  return ok({ peers: withPeer(before, value), value })
}

const ownInvitation: NotJoined = {
  name: 'OwnInvitation',
  message: 'this invitation is of this very node; open the link on the other machine: ipvm join LINK',
}

const takenBack: NotJoined = {
  name: 'Revoked',
  message: 'this invitation was taken back; ask for another one: ipvm invite',
}

const noAddress: NotJoined = {
  name: 'NoAddress',
  message: 'the link says no address; make another one that does: ipvm invite --address URL',
}

const tooMany: NotJoined = {
  name: 'TooManyPeers',
  message: `this node has ${peersKeptMax} peers, and takes no more; forget one: ipvm peers forget NAME`,
}

const malformedWelcome: NotJoined = {
  name: 'MalformedWelcome',
  message: 'the inviter answered in a way that this version does not know; update both, and ask for another invitation',
}

function wrongPeer(address: string, inviter: Did, found: Did | undefined): NotJoined {
  const who = found === undefined ? 'whoever answers there proves no name' : `${found} answers there`
  const message = `${address} is not the node of the invitation, ${inviter}: ${who}. Nothing was sent; somebody may be in between, or another node has the address now`
  return { name: 'WrongPeer', message }
}
