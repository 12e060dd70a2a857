import { connect, readProofs, type Client } from '@ipvm/client'
import type { Failure, Result } from '@ipvm/ipld'
import { httpAddress } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import { homeOf, readConfig, type IpvmNode } from '@ipvm/node'
import { PeerEgress } from '@ipvm/node/network'
import type { Command, Delegation } from '@ipvm/ucan'
import { writeContainer } from '@ipvm/ucan/container'
import { isDid, type Did, type Signer } from '@ipvm/varsig'
import type { Call } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
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
  /** What it is called here, where it is a peer. */
  readonly peer?: string
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
  return {
    address: address ?? first,
    did: peer.did,
    proofs: [...proofs, ...peer.delegations],
    peer: peer.name ?? peer.did,
  }
}

/** Connects to it, for as long as a command takes; through the guard, which lets out what the owner has written. */
export async function connectTo(other: OtherNode, signer: Signer, call: Call): Promise<Client> {
  const { address, did, proofs, peer } = other
  if (address === undefined && peer !== undefined) {
    const message = `${peer} is connected to over libp2p alone, and asked over HTTP; have it listen (ipvm up --host) and write --node URL`
    throw new Stop({ name: 'NoAddress', message })
  }
  if (address === undefined) {
    const message = `nothing is known of where ${did} is; write its address, or keep it: ipvm connect ADDRESS`
    throw new Stop({ name: 'NoAddress', message })
  }
  const { egress } = orStop(await readConfig(homeOf(call.home)))
  const guard = new PeerEgress(egress)
  guard.allow([address])
  const fetch = egressFetch(guard.egress)
  const client = await connect(address, signer, { proofs, fetch, ...(did !== undefined && { did }) })
  if ('ok' in client) return client.ok
  const { name, message } = client.error
  const advice = name === 'Unreachable' ? '; see that the node there is up, and that this is where it is' : ''
  throw new Stop(
    { name, message: `${peer === undefined ? '' : `${peer}: `}${message}${advice}` },
    exit.usage,
    client.error,
  )
}

/** What was asked of another node, by whom, and whose node that is. */
export interface Asked {
  readonly other: OtherNode
  readonly cmd: Command
  readonly by: Did
  readonly node: Did
}

/** The answer of another node, or the end of the command; where it refuses, with what it does not let us do, and who can. */
export function orRefused<T>(answer: Result<T, Failure & { readonly reason?: Failure }>, asked: Asked): T {
  if ('ok' in answer) return answer.ok
  const { name, message, reason } = answer.error
  const isAuthority = name === 'Refused' && reason !== undefined && authority.includes(reason.name)
  const text = isAuthority ? notLet(asked, reason) : message
  throw new Stop({ name, message: text }, exit.usage, answer.error)
}

/** The names of refusals after which more authority would help. */
const authority: readonly string[] = [
  ...['InvalidClaim', 'InvalidAudience', 'UnavailableProof', 'MatchError', 'Revoked', 'Expired'],
]

function notLet({ other, cmd, by, node }: Asked, { message }: Failure): string {
  const { peer, address, proofs } = other
  const who = `${peer ?? address} (${node}) does not let you do ${cmd}`
  // Who shows nothing needs no word on what is wrong with it.
  const why = proofs.length === 0 ? '' : `: ${message}`
  const file = `a file of: ipvm delegate ${by} --cmd ${cmd}`
  const next =
    peer === undefined
      ? `ask its owner for a link (ipvm invite) and take it with ipvm join, or add --proof FILE, ${file}`
      : `ipvm peers tells what it lets you do; for more, take with ipvm peers add, from its owner, ${file}`
  return `${who}${why}; ${next}`
}

/** The delegations of `--proof FILE`. */
async function proofsOf(call: Call): Promise<readonly Delegation[]> {
  const path = call.value('proof')
  if (path === undefined) return []
  const { tokens } = await readTokens(path)
  return orStop(await readProofs(await writeContainer(tokens)))
}
