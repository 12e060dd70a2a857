import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { revoke, type Revocation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { JoinParts } from './admit.ts'
import { peerOf } from './peer-book.ts'

/** Nobody of that name is known. */
export interface UnknownPeer extends Failure {
  readonly name: 'UnknownPeer'
}

/**
 * Forgets a peer, and the invitation that it came by, and takes back all that it was given. Failure: `UnknownPeer`.
 *
 * @param keep stores the revocations, before the peer is forgotten: in the other order, a crash in between would leave
 *   it what it was given
 */
export async function forget(
  did: Did,
  { book, signer }: Pick<JoinParts, 'book' | 'signer'>,
  keep: (revocations: readonly Revocation[]) => Promise<void>,
): Promise<Result<readonly Revocation[], Failure>> {
  return book.edit(async before => {
    const known = peerOf(before, did)
    if (!known) return error<UnknownPeer>({ name: 'UnknownPeer', message: `${did} is no peer of this node` })
    const revocations = await Promise.all(known.given.map(one => revoke(one, signer)))
    await keep(revocations)
    const peers = before.peers.filter(peer => peer !== known)
    const invitations = before.invitations.filter(({ usedBy }) => usedBy === undefined || !sameDid(usedBy, did))
    return ok({ peers: { ...before, peers, invitations }, value: revocations })
  })
}
