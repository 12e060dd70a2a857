import { writeContents, type Answer, type Network, type NetworkFailure, type PeerName } from '@ipvm/network'
import type { Asking, Others, OthersAnswer } from '@ipvm/runtime'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { httpAddress } from '@ipvm/network/http'
import { addressesToldMax, answerSlack } from '../limits.ts'
import { readAnswer } from './answer.ts'
import { bringValue, type BringContext } from './value.ts'

/** How a runtime has other agents do their tasks, over the network (ADR 102). */
export function remote(context: ServiceContext): Required<Pick<Others, 'addresses' | 'ask' | 'onCame' | 'proofs'>> {
  return {
    ask: (asking, wait, signal) => ask(asking, wait, signal, context),
    addresses: agent => addressesOf(agent, context),
    onCame: (agent, callback) => onCame(agent, callback, context),
    proofs: (sub, cmd) => context.wallet.proofs(sub, cmd),
  }
}

async function ask(asking: Asking, wait: number, signal: AbortSignal, context: ServiceContext): Promise<OthersAnswer> {
  const network = context.network()
  if (!network) return { away: noNetwork, sent: false }
  const body = await writeContents(asking.tokens, asking.blocks)
  let away: OthersAnswer = { away: nowhere(asking.agent), sent: false }
  for (const way of await waysTo(asking, network, context)) {
    const peer = await way(signal)
    if (peer === undefined) continue
    const answer = await network.request(peer, body, { wait, within: wait + answerSlack, signal })
    if ('ok' in answer) return answered(answer.ok, asking, peer, { network, signal, context })
    away = failed(answer.error)
    // At another address it may be there.
    if (!('away' in away) || away.sent) return away
  }
  return away
}

async function answered(answer: Answer, asking: Asking, peer: PeerName, bringing: BringContext): Promise<OthersAnswer> {
  if (answer.pending?.length) return { pending: true }
  const read = await readAnswer(answer, asking)
  if ('problem' in read) {
    bringing.network.misbehaved(peer, read.misdeed)
    return { away: { name: 'BadAnswer', message: `${asking.agent} ${read.problem}` }, sent: true }
  }
  if ('pending' in read) return read
  return bringValue(read, peer, bringing)
}

/** What it means for a task that its agent was asked and did not answer with a receipt. */
function failed(failure: NetworkFailure): OthersAnswer {
  const { name, message, reason, retryAfter, sent } = failure
  switch (name) {
    case 'Refused':
      // It has accepted it, and a person there has to say how it ended.
      if (reason?.name === 'Unknown') return { pending: true }
      return { refused: { name: reason?.name ?? name, message: reason?.message ?? message } }
    case 'TooLarge':
      return sent ? { away: { name, message }, sent } : { refused: { name, message } }
    default:
      return { away: { name, message }, sent, ...(retryAfter !== undefined && { after: retryAfter }) }
  }
}

/** A way to an agent: what it is called in the network, once one is there. */
type Way = (signal: AbortSignal) => Promise<PeerName | undefined>

/** The ways to an agent: where it is met already, where it was met before, and where it is said to be. */
async function waysTo(
  { agent, hints = [] }: Asking,
  network: Network,
  context: ServiceContext,
): Promise<readonly Way[]> {
  const there = network.peers().find(({ did }) => did !== undefined && sameDid(did, agent))
  const addresses = new Set([...((await context.addressesOf?.(agent)) ?? []), ...hints])
  // Who is there may have come to ask alone, and has to be gone to.
  const met: readonly Way[] = there ? [async () => there.name] : []
  const dialled = [...addresses].map(
    (address): Way =>
      async signal => {
        // Over HTTP one may ask without being welcome as a peer; what counts is who signs the receipt.
        if (httpAddress(address) !== undefined) return address
        const connected = await network.connect(address, { signal })
        if ('error' in connected) return undefined
        const { did, name } = connected.ok
        return did === undefined || sameDid(did, agent) ? name : undefined
      },
  )
  return [...met, ...dialled]
}

/** Where an agent is met now, and where it was met. */
async function addressesOf(agent: Did, context: ServiceContext): Promise<readonly string[]> {
  const there = context.network()?.peers() ?? []
  const met = there.flatMap(({ did, addresses }) => (did !== undefined && sameDid(did, agent) ? addresses : []))
  return [...new Set([...met, ...((await context.addressesOf?.(agent)) ?? [])])].slice(0, addressesToldMax)
}

/** Tells when an agent comes, that may not have been there; where this node has gone to no network yet, it does not. */
function onCame(agent: Did, callback: () => void, { network }: ServiceContext): () => void {
  const stop = network()?.watch(({ peer, change }) => {
    if (change === 'came' && peer.did !== undefined && sameDid(peer.did, agent)) callback()
  })
  return () => stop?.()
}

const noNetwork = {
  name: 'NoNetwork',
  message: 'this node asks no others now; start it with: ipvm up',
}

function nowhere(agent: Did) {
  const message = `${agent} is not there, and nobody answers at an address that is known of it; see that it runs, and connect to it`
  return { name: 'Unreachable', message }
}
