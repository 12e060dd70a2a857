import { buffer } from 'node:stream/consumers'
import { isPeerName, join as come, readLink } from '@ipvm/service'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { commandsOf, orUnreached, ownNetwork, whileReaching } from '../load/peers.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'
import { peerJson, peerLines } from '../view/peer.ts'

/** `ipvm join LINK` */
export const join: Command = {
  usage: 'LINK | -',
  words: 64,
  summary:
    'Becomes a peer of the node whose owner has sent a link (ipvm invite): both trust each other’s results, and run work for each other.',
  examples: ['join ipvm:join/b…', 'join - < link.txt', 'join ipvm:join/b… --name desk --only /receipt,/block'],
  options: {
    name: { summary: 'what to call the other here; what it calls itself, where not given', value: 'NAME' },
    allow: { summary: 'what it may do here beside what peers usually may: /workflow/control,…', value: 'COMMANDS' },
    only: { summary: 'all that it may do here: /receipt,/block', value: 'COMMANDS' },
  },
  run: async call => {
    const invitation = orStop(await readLink(await linkOf(call), Math.floor(Date.now() / 1000)))
    const [name, commands] = [call.value('name'), commandsOf(call)]
    if (name !== undefined && !isPeerName(name)) {
      const message = `"${name}" names no peer; write one word of letters, digits, ".", "_", "-"`
      throw new Stop({ name: 'Usage', message })
    }
    const { node } = await openOrMakeNode(call)
    try {
      const { parts, status } = await ownNetwork(call, node)
      const options = { commands, ...(name !== undefined && { name }) }
      const peer = orUnreached(
        await whileReaching(call, invitation.addresses, reach => come(invitation, options, parts, reach)),
      )
      await node.store.commit({ trusted: [peer.did] })
      const here = status ?? { peers: [], setAside: [], went: {} }
      if (call.json) print(JSON.stringify(peerJson(peer, here)))
      else for (const line of peerLines(peer, here, 'joined')) print(line)
      if (!status) say('Joined. Keep this node up to share work: ipvm up')
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** The link, in one word or cut into several by whoever sent it, or from the standard input. */
async function linkOf({ positionals }: Call): Promise<string> {
  const text = positionals.join('')
  if (text === '') throw new Stop({ name: 'Usage', message: 'join needs the link that ipvm invite has printed' })
  return text === '-' ? (await buffer(process.stdin)).toString('utf8') : text
}
