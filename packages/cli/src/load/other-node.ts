import { connect, readProofs, type Client } from '@ipvm/client'
import { httpAddress } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import { homeOf, readConfig, type IpvmNode } from '@ipvm/node'
import { PeerEgress } from '@ipvm/node/network'
import type { Delegation } from '@ipvm/ucan'
import { writeContainer } from '@ipvm/ucan/container'
import { isDid, type Did, type Signer } from '@ipvm/varsig'
import type { Call } from '../command.ts'
import { orStop, Stop } from '../exit.ts'
import { namedPeer } from './peers.ts'
import { readTokens } from './tokens.ts'

/** Another node that a person means. */
export interface OtherNode {
  /** Where it can be asked over HTTP; nothing where that is not known. */
  readonly address: string | undefined
  /** Whose it is, where that is known before it is asked. */
  readonly did: Did | undefined
  /** What it lets this node do, and what the call says that it does. */
  readonly proofs: readonly Delegation[]
}

/** The node that `--node` names: by its address, or as a peer by its name, its DID or its address. */
export async function otherNode(where: string, node: IpvmNode, call: Call): Promise<OtherNode> {
  const proofs = await proofsOf(call)
  const known = orStop(await node.peers.read())
  const address = httpAddress(where)
  const isKnown = known.peers.some(({ addresses }) => addresses.some(one => one === where || one === address))
  if (address !== undefined && !isKnown) return { address, did: undefined, proofs }
  const isPeer = isKnown || known.peers.some(({ did, name }) => did === where || name === where)
  if (!isPeer && isDid(where)) return { address: undefined, did: where, proofs }
  const peer = namedPeer(known, address ?? where)
  const [first] = peer.addresses.flatMap(one => httpAddress(one) ?? [])
  return { address: address ?? first, did: peer.did, proofs: [...proofs, ...peer.delegations] }
}

/** Connects to it, for as long as a command takes; through the guard, which lets out what the owner has written. */
export async function connectTo({ address, did, proofs }: OtherNode, signer: Signer, call: Call): Promise<Client> {
  if (address === undefined) {
    const message = `nothing is known of where ${did} is; write its address, or keep it: ipvm connect ADDRESS`
    throw new Stop({ name: 'NoAddress', message })
  }
  const { egress } = orStop(await readConfig(homeOf(call.home)))
  const guard = new PeerEgress(egress)
  guard.allow([address])
  const fetch = egressFetch(guard.egress)
  return orStop(await connect(address, signer, { proofs, fetch, ...(did !== undefined && { did }) }))
}

/** The delegations of `--proof FILE`. */
async function proofsOf(call: Call): Promise<readonly Delegation[]> {
  const path = call.value('proof')
  if (path === undefined) return []
  const { tokens } = await readTokens(path)
  return orStop(await readProofs(await writeContainer(tokens)))
}
