import { ok } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { limits, peerOf, withPeer, type KnownPeer, type Peers } from '@ipvm/service/peers'
import { anyAllows, decodeDelegation, type Delegation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Call } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { print } from '../output.ts'
import { peerJson, peerLines } from '../view/peer.ts'
import { readTokens } from './tokens.ts'

/** Delegations that lead from an agent to this node, as somebody has sent them in a file (ipvm delegate). */
export interface Proofs {
  readonly sub: Did
  readonly delegations: readonly Delegation[]
}

/** Reads delegations for this node from a file, and checks that it may do by them what they say. */
export async function readProofs(node: IpvmNode, path: string): Promise<readonly Proofs[]> {
  const { tokens } = await readTokens(path)
  const all = tokens.flatMap(token => {
    const delegation = decodeDelegation(token)
    return 'ok' in delegation ? [delegation.ok] : []
  })
  const own = all.filter(({ aud }) => sameDid(aud, node.did))
  if (own.length === 0) {
    const message = `${path} gives this node nothing: none of its ${all.length} delegations is for ${node.did} (ipvm id)`
    throw new Stop({ name: 'NoProof', message })
  }
  const now = Math.floor(Date.now() / 1000)
  const found = new Map<Did, readonly Delegation[]>()
  for (const { sub, cmd, iss } of own) {
    const subject = sub ?? iss
    const chain = orStop(await anyAllows({ iss: node.did, sub: subject, cmd }, all, { now, revocations: node.store }))
    found.set(subject, [...new Set([...(found.get(subject) ?? []), ...chain])])
  }
  return [...found].map(([sub, delegations]) => ({ sub, delegations }))
}

/** Puts delegations from a file into the list of peers. */
export async function addProofs(call: Call, node: IpvmNode, path: string): Promise<ExitCode> {
  const proofs = await readProofs(node, path)
  const since = Math.floor(Date.now() / 1000)
  const added = orStop(
    await node.peers.edit(before => {
      let peers = before
      for (const one of proofs) peers = withProofs(peers, one, since)
      return ok({ peers, value: proofs.flatMap(({ sub }) => peerOf(peers, sub) ?? []) })
    }),
  )
  const here = { peers: [], setAside: [], went: {} }
  for (const peer of added) {
    if (call.json) print(JSON.stringify(peerJson(peer, here)))
    else for (const line of peerLines(peer, here)) print(line)
  }
  return exit.ok
}

/** The same with what an agent gave, beside what it gave before. */
export function withProofs(before: Peers, { sub, delegations }: Proofs, since: number): Peers {
  const known: KnownPeer = peerOf(before, sub) ?? {
    ...{ did: sub, addresses: [], trusted: false, since, delegations: [], given: [] },
  }
  const isKnown = (one: Delegation) => known.delegations.some(other => other.envelope.cid.equals(one.envelope.cid))
  const all = [...known.delegations, ...delegations.filter(one => !isKnown(one))]
  if (all.length > limits.peerDelegationsMax) {
    const message = `${sub} has given this node ${all.length} delegations; ${limits.peerDelegationsMax} are kept at most`
    throw new Stop({ name: 'TooManyDelegations', message })
  }
  return withPeer(before, { ...known, delegations: all })
}
