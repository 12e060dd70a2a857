import { error, ok } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { forget as forgotten, isPeerName, peerOf, withPeer, type KnownPeer } from '@ipvm/service/peers'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { namedPeer, ownNetwork } from '../load/peers.ts'
import { addProofs } from '../load/proofs.ts'
import { openOrMakeNode } from '../open.ts'
import { print, printable, say } from '../output.ts'
import { peerJson, peerLines, type Here } from '../view/peer.ts'

/** `ipvm peers` */
export const peers: Command = {
  usage: '[add FILE | rename NAME NEW | forgive NAME | forget NAME]',
  words: 3,
  summary:
    'Lists the peers of this node: who is there, and what each may do at the other. A peer is named by its name or DID.',
  examples: ['peers', 'peers --json', 'peers rename laptop phone', 'peers forget laptop', 'peers add from-bob.ucan'],
  options: {},
  run: async call => {
    const [verb, name, to] = call.positionals
    const { node } = await openOrMakeNode(call)
    try {
      if (verb === undefined) return await list(call, node)
      if (verb === 'add' && name !== undefined) return await addProofs(call, node, name)
      if (verb === 'rename' && name !== undefined && to !== undefined) return await rename(call, node, name, to)
      if (verb === 'forgive' && name !== undefined) return await forgive(call, node, name)
      if (verb === 'forget' && name !== undefined) return await forget(call, node, name)
    } finally {
      await node.close()
    }
    const message = 'peers wants nothing, or: add FILE, rename NAME NEW, forgive NAME, forget NAME'
    throw new Stop({ name: 'Usage', message })
  },
}

async function list(call: Call, node: IpvmNode): Promise<ExitCode> {
  const known = orStop(await node.peers.read()).peers
  const { status } = await ownNetwork(call, node)
  const here: Here = status ?? { peers: [], setAside: [], went: {} }
  for (const peer of known) {
    if (call.json) print(JSON.stringify(peerJson(peer, here)))
    else for (const line of peerLines(peer, here)) print(line)
  }
  const others = here.peers.filter(({ name }) => !known.some(({ did }) => did === name))
  for (const { name, addresses } of call.json ? [] : others)
    print(`${printable(name)}  connected, no peer: ${addresses.join(' ')}`)
  if (known.length === 0 && others.length === 0 && !call.json) print('There are no peers yet; see: ipvm invite --help')
  if (!status && known.length > 0) say('ipvm: this node is not up, so nobody is connected; keep it up with: ipvm up')
  return exit.ok
}

async function rename(call: Call, node: IpvmNode, word: string, name: string): Promise<ExitCode> {
  if (!isPeerName(name)) {
    const message = `"${name}" names no peer; write one word of letters, digits, ".", "_", "-"`
    throw new Stop({ name: 'Usage', message })
  }
  return changed(call, node, word, (peer, all) => {
    const other = all.find(one => one.name === name && one !== peer)
    if (!other) return { ...peer, name }
    throw new Stop({ name: 'NameTaken', message: `${other.did} is called "${name}" already; choose another name` })
  })
}

function forgive(call: Call, node: IpvmNode, word: string): Promise<ExitCode> {
  // Later than any time before it, so that a node that is up notices.
  const at = (before = 0) => Math.max(Math.floor(Date.now() / 1000), before + 1)
  return changed(call, node, word, peer => ({ ...peer, forgiven: at(peer.forgiven) }))
}

async function changed(
  call: Call,
  node: IpvmNode,
  word: string,
  change: (peer: KnownPeer, all: readonly KnownPeer[]) => KnownPeer,
): Promise<ExitCode> {
  const { did } = namedPeer(orStop(await node.peers.read()), word)
  const gone = { name: 'UnknownPeer', message: `${did} was forgotten meanwhile` }
  const peer = orStop(
    await node.peers.edit(before => {
      const known = peerOf(before, did)
      if (!known) return error(gone)
      const value = change(known, before.peers)
      return ok({ peers: withPeer(before, value), value })
    }),
  )
  const { status } = await ownNetwork(call, node)
  const here = status ?? { peers: [], setAside: [], went: {} }
  if (call.json) print(JSON.stringify(peerJson(peer, here)))
  else for (const line of peerLines(peer, here)) print(line)
  return exit.ok
}

/** Forgets a peer: what it was given is taken back, and its results count here no more. */
export async function forget(call: Call, node: IpvmNode, word: string): Promise<ExitCode> {
  const peer = namedPeer(orStop(await node.peers.read()), word)
  const { parts } = await ownNetwork(call, node)
  const keep = (revocations: Parameters<Parameters<typeof forgotten>[2]>[0]) =>
    node.store.commit({ revocations, untrusted: [peer.did] })
  orStop(await forgotten(peer.did, parts, keep))
  // Once more: the process that is up may have read the list in between, where it was a peer still.
  await node.store.commit({ untrusted: [peer.did] })
  if (call.json) print(JSON.stringify({ forgotten: peer.did, revoked: peer.given.map(one => `${one.envelope.cid}`) }))
  else print(`Forgot ${printable(peer.name ?? peer.did)}; what it was given is taken back`)
  return exit.ok
}
