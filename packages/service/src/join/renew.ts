import { error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { findProofs, invoke, type Delegation, type Invocation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { own, welcomeValue, type JoinParts } from './admit.ts'
import { askOutcome } from './ask.ts'
import { delegationsCommand } from './commands.ts'
import { longest, revokedAmong, share } from './delegations.ts'
import { readWelcome, type JoinNetwork } from './join.ts'
import { peerOf, withPeer, type KnownPeer } from './peer-book.ts'

/**
 * Answers `/node/read/delegations`, an invocation that was validated: what its issuer may do here by having joined. What
 * ends soon is given anew; what was taken back is not. Failures: those of the list of peers.
 */
export async function tellDelegations(
  { iss }: Pick<Invocation, 'iss'>,
  parts: JoinParts,
): Promise<Result<Value, Failure>> {
  const told = await parts.book.edit<readonly Delegation[]>(async before => {
    const known = peerOf(before, iss)
    if (!known) return ok({ peers: before, value: [] })
    const revoked = await revokedAmong(known.given, parts)
    const commands = known.given.filter(one => !revoked.has(one)).map(({ cmd }) => cmd)
    const given = await share({ aud: iss, commands: [...new Set(commands)], given: known.given }, parts)
    const isNew = given.some(one => !known.given.includes(one))
    return ok({ peers: isNew ? withPeer(before, { ...known, given }) : before, value: longest(given) })
  })
  return 'error' in told ? told : ok(welcomeValue({ ...own(parts), delegations: told.ok }))
}

/**
 * Asks a peer what one may do there, and keeps what it says, with where it is. Failures: `NoDelegation` where one may not
 * even ask, those of the network and of the peer.
 */
export async function renew(
  peer: Pick<KnownPeer, 'did' | 'delegations'>,
  address: string,
  parts: JoinParts,
  network: JoinNetwork['network'],
): Promise<Result<readonly Delegation[], Failure>> {
  const { signer, now, random } = parts
  const request = { iss: signer.did, sub: peer.did, cmd: delegationsCommand, args: {} }
  const proofs = findProofs(peer.delegations, request, now())
  if (proofs.length === 0) return error(noDelegation(peer.did))
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const fields = { sub: peer.did, cmd: delegationsCommand, args: {}, prf, nonce: random(12), exp: now() + 300 }
  const invocation = await invoke(fields, signer)
  const outcome = await askOutcome(network, address, { invocation, proofs })
  if ('error' in outcome) return outcome
  if ('error' in outcome.ok) return error({ name: outcome.ok.error.name, message: outcome.ok.error.message })
  const welcome = await readWelcome(outcome.ok.ok, peer.did, parts)
  if ('error' in welcome) return welcome
  return keep(peer.did, welcome.ok.delegations, parts)
}

/** Puts what a peer gave now in place of what it gave before; what others gave about it stays. */
function keep(
  did: Did,
  delegations: readonly Delegation[],
  { book }: JoinParts,
): Promise<Result<readonly Delegation[], Failure>> {
  return book.edit(before => {
    const known = peerOf(before, did)
    if (!known) return ok({ peers: before, value: delegations })
    const others = known.delegations.filter(({ iss, sub }) => !sameDid(iss, did) || sub === null)
    return ok({ peers: withPeer(before, { ...known, delegations: [...others, ...delegations] }), value: delegations })
  })
}

function noDelegation(did: Did): Failure {
  return { name: 'NoDelegation', message: `${did} has given this node nothing to ask by; join it: ipvm join LINK` }
}
