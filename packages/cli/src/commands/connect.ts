import { error, ok } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { httpAddress } from '@ipvm/network/http'
import { freeName, peerOf, renew, withPeer, type KnownPeer, type Peers } from '@ipvm/service'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { orUnreached, ownNetwork, whileReaching } from '../load/peers.ts'
import { readProofs, withProofs, type Proofs } from '../load/proofs.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'
import { peerJson, peerLines } from '../view/peer.ts'
import { forget } from './peers.ts'

/** `ipvm connect ADDR` */
export const connect: Command = {
  usage: 'ADDRESS',
  words: 1,
  summary:
    'Shows who is at an address, and keeps this node connected to them. Nothing is given to them, and nothing of theirs is trusted, unless you say so.',
  examples: [
    'connect https://node.example',
    'connect https://node.example --proof from-bob.ucan',
    'connect https://node.example --trust',
    'connect https://node.example --forget',
  ],
  options: {
    name: { summary: 'what to call them here', value: 'NAME' },
    trust: { summary: 'let the results of their node count here as your own' },
    proof: { summary: 'a container of delegations that they gave you (ipvm delegate)', value: 'FILE' },
    forget: { summary: 'let go of who is at this address, and take back what they were given' },
  },
  run: async call => {
    const [text] = call.positionals
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'connect needs an address: https://node.example' })
    const { node } = await openOrMakeNode(call)
    try {
      return call.has('forget')
        ? await forget(call, node, httpAddress(text) ?? text)
        : await connected(call, node, text)
    } finally {
      await node.close()
    }
  },
}

async function connected(call: Call, node: IpvmNode, text: string): Promise<ExitCode> {
  const address = addressIn(text)
  const file = call.value('proof')
  const proofs = file === undefined ? [] : await readProofs(node, file)
  const { parts, status } = await ownNetwork(call, node)
  const peer = await whileReaching(call, [address], async ({ who, network }) => {
    const did = orUnreached(await who(address))
    if (did === undefined) throw new Stop(nobody(address))
    if (sameDid(did, node.did)) throw new Stop({ name: 'OwnAddress', message: `${address} is this very node` })
    const met = orStop(await node.peers.edit(before => withMet(before, { did, address, proofs }, call)))
    // What they let this node do may be more than is known here; where they tell, that is kept.
    if (met.delegations.length > 0) await renew(met, address, parts, network)
    return peerOf(orStop(await node.peers.read()), did) ?? met
  })
  if (call.has('trust')) await node.store.commit({ trusted: [peer.did] })
  const here = status ?? { peers: [], setAside: [], went: {} }
  if (call.json) print(JSON.stringify(peerJson(peer, here)))
  else for (const line of peerLines(peer, here, 'answers')) print(line)
  if (!status) say('ipvm: this node is not up; it connects as soon as it is: ipvm up')
  return exit.ok
}

function addressIn(text: string): string {
  const address = httpAddress(text) ?? (text.startsWith('/') ? text : undefined)
  if (address !== undefined) return address
  throw new Stop({ name: 'Usage', message: `"${text}" is no address; write one such as https://node.example` })
}

interface Met {
  readonly did: Did
  readonly address: string
  readonly proofs: readonly Proofs[]
}

function withMet(before: Peers, { did, address, proofs }: Met, call: Call) {
  const since = Math.floor(Date.now() / 1000)
  let peers = before
  for (const one of proofs) peers = withProofs(peers, one, since)
  const known: KnownPeer = peerOf(peers, did) ?? {
    ...{ did, addresses: [], trusted: false, since, delegations: [], given: [] },
  }
  const wanted = call.value('name')
  const name = wanted === undefined ? known.name : freeName(wanted, did, peers)
  if (wanted !== undefined && name !== wanted) {
    return error({ name: 'InvalidName', message: `"${wanted}" names another peer, or none; choose another name` })
  }
  const addresses = [address, ...known.addresses.filter(other => other !== address)].slice(0, 16)
  const trusted = known.trusted || call.has('trust')
  const value = { ...known, addresses, trusted, ...(name !== undefined && { name }) }
  return ok({ peers: withPeer(peers, value), value })
}

function nobody(address: string) {
  const message = `somebody answers at ${address}, and does not prove to be a node there; see that its owner told it that address: ipvm invite --address, or network.addresses of its config`
  return { name: 'NoPeerRecord', message }
}
