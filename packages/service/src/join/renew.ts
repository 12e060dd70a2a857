import { error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { findProofs, invoke, limits, type Delegation, type Invocation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { own, welcomeValue, type JoinParts } from './admit.ts'
import { askOutcome } from './ask.ts'
import { delegationsCommand } from './commands.ts'
import { longest, share, standingCommands } from './delegations.ts'
import { readWelcome, type JoinNetwork } from './join.ts'
import { areAddresses } from './invitation.ts'
import { bearerSeconds } from '../limits.ts'
import { peerOf, withPeer, type Edited, type KnownPeer, type Peers } from './peer-book.ts'

/**
 * Answers `/node/read/delegations {addresses?}`, an invocation that was validated: what its issuer may do here by having
 * joined. What ends soon is given anew; what was taken back is not. Where a peer says that it is, it is looked for from
 * then on. Failures: those of the list of peers.
 */
export async function tellDelegations(
  { iss, args }: Pick<Invocation, 'iss' | 'args'>,
  parts: JoinParts,
): Promise<Result<Value, Failure>> {
  const told = await parts.book.edit<readonly Delegation[]>(async before => {
    const known = peerOf(before, iss)
    if (!known) return ok({ peers: before, value: [] })
    const commands = await standingCommands(known.given, parts)
    const given = await share({ aud: iss, commands, given: known.given }, parts)
    const addresses = areAddresses(args.addresses) && args.addresses.length > 0 ? args.addresses : known.addresses
    const isSame = given.every(one => known.given.includes(one)) && addresses.join(' ') === known.addresses.join(' ')
    return ok({ peers: isSame ? before : withPeer(before, { ...known, given, addresses }), value: longest(given) })
  })
  return 'error' in told ? told : ok(welcomeValue({ ...own(parts), delegations: told.ok }))
}

/**
 * Asks a peer what one may do there, tells it where one is, and keeps what it says, with where it is. Failures: `NoDelegation` where one may not
 * even ask, those of the network and of the peer.
 */
export async function renew(
  peer: Pick<KnownPeer, 'did' | 'delegations'>,
  address: string,
  parts: JoinParts,
  network: JoinNetwork['network'],
): Promise<Result<readonly Delegation[], Failure>> {
  const { signer, now, random } = parts
  const args = { addresses: [...parts.addresses()] }
  const request = { iss: signer.did, sub: peer.did, cmd: delegationsCommand, args }
  const proofs = findProofs(peer.delegations, request, now())
  if (proofs.length === 0) return error(noDelegation(peer.did))
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const fields = {
    sub: peer.did,
    cmd: delegationsCommand,
    args,
    prf,
    nonce: random(limits.nonceBytes),
    exp: now() + bearerSeconds,
  }
  const invocation = await invoke(fields, signer)
  const outcome = await askOutcome(network, address, { invocation, proofs })
  if ('error' in outcome) return outcome
  if ('error' in outcome.ok) return error({ name: outcome.ok.error.name, message: outcome.ok.error.message })
  const welcome = await readWelcome(outcome.ok.ok, peer.did, parts)
  if ('error' in welcome) return welcome
  return parts.book.edit(before => keep(before, peer.did, welcome.ok))
}

/**
 * Puts what a peer gave now in place of what it gave before; what others gave about it stays. Who was not joined gives
 * nothing in this way, and what came from it in a file stays, too.
 */
function keep(
  before: Peers,
  did: Did,
  { delegations, addresses }: Pick<KnownPeer, 'delegations' | 'addresses'>,
): Result<Edited<readonly Delegation[]>, Failure> {
  const known = peerOf(before, did)
  if (!known) return ok({ peers: before, value: delegations })
  const others = known.delegations.filter(({ iss, sub }) => !sameDid(iss, did) || sub === null)
  const all = delegations.length === 0 ? known.delegations : [...others, ...delegations]
  const at = addresses.length > 0 ? addresses : known.addresses
  const isSame = all.length === known.delegations.length && at.join(' ') === known.addresses.join(' ')
  const isKept = all.every(one => known.delegations.some(other => other.envelope.cid.equals(one.envelope.cid)))
  const peers = isSame && isKept ? before : withPeer(before, { ...known, delegations: all, addresses: at })
  return ok({ peers, value: delegations })
}

function noDelegation(did: Did): Failure {
  return { name: 'NoDelegation', message: `${did} has given this node nothing to ask by; join it: ipvm join LINK` }
}
