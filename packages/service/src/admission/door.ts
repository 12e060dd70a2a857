import type { Peer } from '@ipvm/network'
import { anyAllows, decodeDelegation, readContainer, writeContainer, type Delegation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { peerOf, type PeerBook } from '../join/peer-book.ts'
import { doorDelegationsMax } from '../limits.ts'

/**
 * Whether somebody whom nobody here knows may come and ask: a chain among the delegations that they bring leads from this
 * node to them, for whatever it is (ADR 137). What they ask for is judged as it is asked.
 */
export async function mayCome(
  { did }: Peer,
  proof: Uint8Array,
  { signer, store, verified, world }: Pick<ServiceContext, 'signer' | 'store' | 'verified' | 'world'>,
): Promise<boolean> {
  const container = await readContainer(proof)
  if ('error' in container || did === undefined || container.ok.tokens.length > doorDelegationsMax) return false
  const delegations = container.ok.tokens.flatMap(token => {
    const delegation = decodeDelegation(token)
    return 'ok' in delegation ? [delegation.ok] : []
  })
  const context = { now: world.now(), revocations: store, verified }
  const commands = new Set(delegations.filter(({ aud }) => sameDid(aud, did)).map(({ cmd }) => cmd))
  for (const cmd of commands) {
    if ('ok' in (await anyAllows({ iss: did, sub: signer.did, cmd }, delegations, context))) return true
  }
  return false
}

/** What an agent has given to this node, as a container; nothing where it gave nothing, or more than is looked at there. */
export async function doorProof(agent: Did, book: Pick<PeerBook, 'read'>): Promise<Uint8Array | undefined> {
  const peers = await book.read()
  const delegations: readonly Delegation[] = ('ok' in peers && peerOf(peers.ok, agent)?.delegations) || []
  if (delegations.length === 0) return undefined
  return writeContainer(delegations.slice(0, doorDelegationsMax).map(({ envelope }) => envelope.bytes))
}
