import type { IpvmNode } from '@ipvm/node'
import { isDid, sameDid } from '@ipvm/varsig'
import { printable } from '../output.ts'
import { shortDid } from '../view/short.ts'

/** What an agent is called here, for a person to read: by its name among the peers, else by a DID cut short. */
export type AgentName = (did: string) => string

/** The names of the node's peers. A list that cannot be read is none here; `ipvm peers` says why. */
export async function agentNames(node: Pick<IpvmNode, 'peers'>): Promise<AgentName> {
  const known = await node.peers.read()
  const peers = 'ok' in known ? known.ok.peers : []
  return did => {
    const name = isDid(did) ? peers.find(peer => sameDid(peer.did, did))?.name : undefined
    return printable(name ?? shortDid(did))
  }
}
