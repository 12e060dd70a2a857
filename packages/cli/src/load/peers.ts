import type { Failure, Result } from '@ipvm/ipld'
import { homeOf, readConfig, readIdentity, type IpvmNode } from '@ipvm/node'
import { joinParts, readStatus, type NetworkStatus } from '@ipvm/node/network'
import type { Reach } from '@ipvm/node/reach'
import type { JoinParts } from '@ipvm/service'
import { limits, sharedCommands, type KnownPeer, type Peers } from '@ipvm/service/peers'
import { isCommand, type Command } from '@ipvm/ucan'
import { sameDid, isDid } from '@ipvm/varsig'
import type { Call } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'

/** A node as others may come to know it, and what its running process says. */
export interface OwnNetwork {
  readonly parts: JoinParts
  /** Nothing where no process keeps it up. */
  readonly status: NetworkStatus | undefined
}

/** What a command needs to deal with other nodes. */
export async function ownNetwork(call: Call, node: IpvmNode): Promise<OwnNetwork> {
  const home = homeOf(call.home)
  const signer = orStop(await readIdentity(home))
  const status = await readStatus(home)
  const { addresses: beside } = orStop(await node.peers.read())
  const addresses = [...new Set([...(status?.addresses ?? []), ...beside])]
  const own = { signer, book: node.peers, revocations: node.store, addresses: () => addresses }
  return { status, parts: joinParts(own) }
}

/** A way to others at these addresses, for as long as a command takes. */
export async function whileReaching<T>(
  call: Call,
  addresses: readonly string[],
  work: (reach: Reach) => Promise<T>,
): Promise<T> {
  const home = homeOf(call.home)
  const { egress } = orStop(await readConfig(home))
  const { reachOthers } = await import('@ipvm/node/reach')
  const reach = await reachOthers(addresses, { home, egress, signer: orStop(await readIdentity(home)) })
  try {
    return await work(reach)
  } finally {
    await reach.close()
  }
}

/** What came of going to somebody; where nobody was reached, with what to look after. */
export function orUnreached<T>(result: Result<T, Failure>): T {
  if ('ok' in result || !isAway.includes(result.error.name)) return orStop(result)
  const { name, message } = result.error
  const advice = 'see that both machines are online, and that the node there is up for others: ipvm up --host 0.0.0.0'
  throw new Stop({ name, message: `${message}; ${advice}` }, exit.usage, result.error)
}

const isAway: readonly string[] = ['Unreachable', 'TimedOut']

/** What a peer is to be allowed: what peers usually are, with `--allow` beside it, or just what `--only` says. */
export function commandsOf(call: Call): readonly Command[] {
  const [allow, only] = [listOf(call, 'allow'), listOf(call, 'only')]
  const commands = [...new Set(only ?? [...sharedCommands, ...(allow ?? [])])]
  if (only && allow) throw new Stop({ name: 'Usage', message: '--only says all that they may; leave --allow out' })
  if (commands.length <= limits.peerDelegationsMax) return commands
  const message = `${commands.length} commands are too many; name one that covers several, such as /workflow`
  throw new Stop({ name: 'Usage', message })
}

function listOf(call: Call, option: 'allow' | 'only'): readonly Command[] | undefined {
  const words = call
    .value(option)
    ?.split(/[\s,]+/)
    .filter(word => word !== '')
  const commands = words?.filter(isCommand)
  const wrong = words?.find(word => !isCommand(word))
  if (wrong === undefined && commands?.length !== 0) return commands
  const message = `--${option} ${wrong ?? ''} is no command; write some such as /wasm/run,/receipt`
  throw new Stop({ name: 'Usage', message })
}

/** The peer that a person means: by its name, its DID, or one of its addresses. */
export function namedPeer({ peers }: Peers, word: string): KnownPeer {
  const found = peers.find(({ name }) => name === word) ?? peers.find(({ did }) => isDid(word) && sameDid(did, word))
  const at = found ?? peers.find(({ addresses }) => addresses.some(one => one === word || one === `${word}/`))
  if (at) return at
  throw new Stop({ name: 'UnknownPeer', message: `there is no peer "${word}"; ipvm peers lists them` })
}
