import { writeContents, type Network, type NetworkFailure, type PeerName } from '@ipvm/network'
import type { Asked, Asking, Others } from '@ipvm/runtime'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { answerSlack } from '../limits.ts'
import { readAnswer } from './answer.ts'
import { bringValue } from './value.ts'

/** How a runtime has other agents do their tasks, over the network (ADR 102). */
export function remote(context: ServiceContext): Required<Pick<Others, 'ask' | 'onCame' | 'proofs'>> {
  return {
    ask: (asking, wait, signal) => ask(asking, wait, signal, context),
    onCame: (agent, callback) => onCame(agent, callback, context),
    proofs: (sub, cmd) => context.wallet.proofs(sub, cmd),
  }
}

async function ask(asking: Asking, wait: number, signal: AbortSignal, context: ServiceContext): Promise<Asked> {
  const network = context.network()
  if (!network) return { away: noNetwork, sent: false }
  const peer = await peerOf(asking.agent, network, signal, context)
  if (peer === undefined) return { away: nowhere(asking.agent), sent: false }
  const body = await writeContents(asking.tokens, asking.blocks)
  const answer = await network.request(peer, body, { wait, within: wait + answerSlack, signal })
  if ('error' in answer) return failed(answer.error)
  if (answer.ok.pending?.length) return { pending: true }
  const read = await readAnswer(answer.ok, asking)
  if ('problem' in read) {
    network.misbehaved(peer, read.misdeed)
    return { away: { name: 'BadAnswer', message: `${asking.agent} ${read.problem}` }, sent: true }
  }
  if ('pending' in read) return read
  return bringValue(read, peer, { network, signal, context })
}

/** What it means for a task that its agent was asked and did not answer with a receipt. */
function failed(failure: NetworkFailure): Asked {
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

/** What an agent is called in the network, once there is a way to it. */
async function peerOf(
  agent: Did,
  network: Network,
  signal: AbortSignal,
  { addressesOf }: ServiceContext,
): Promise<PeerName | undefined> {
  const there = network.peers().find(({ did }) => did !== undefined && sameDid(did, agent))
  if (there) return there.name
  for (const address of (await addressesOf?.(agent)) ?? []) {
    const connected = await network.connect(address, { signal })
    if ('error' in connected) continue
    const { did, name } = connected.ok
    // Over plain HTTP nobody may have proven anything; what counts is who signs the receipt.
    if (did === undefined || sameDid(did, agent)) return name
  }
  return undefined
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
