import { error, type Result } from '@ipvm/ipld'
import type { RequestOptions } from '../exchange.ts'
import { networkFailure, type NetworkFailure } from '../failure.ts'
import { reconcileMessageBytesMax } from '../limits.ts'
import type { Network } from '../network.ts'
import type { PeerName } from '../peer.ts'
import type { DigestSet } from './digest-set.ts'
import { reconcile, type Difference, type ReconcileOptions } from './reconcile.ts'

/**
 * Finds what a set and that of a peer do not have in common. One that talks nonsense, or without end, is said to have
 * misbehaved. Failures: those of a request.
 */
export async function reconcileWith(
  network: Network,
  peer: PeerName,
  mine: DigestSet,
  options: Omit<ReconcileOptions<NetworkFailure>, 'send'> & RequestOptions,
): Promise<Result<Difference, NetworkFailure>> {
  const { within, signal } = options
  const asking = {
    answerBytesMax: reconcileMessageBytesMax + 1024,
    ...(within !== undefined && { within }),
    ...(signal && { signal }),
  }
  const difference = await reconcile(mine, {
    ...options,
    send: async bytes => {
      const answer = await network.request(peer, { type: 'reconcile', bytes }, asking)
      return 'ok' in answer ? { ok: answer.ok.bytes } : answer
    },
  })
  if ('ok' in difference) return difference
  const failure = difference.error
  if ('sent' in failure) return error(failure)
  network.misbehaved(peer, failure.name === 'EndlessTalk' ? 'EndlessTalk' : 'Garbage')
  return error(networkFailure('MalformedAnswer', peer, { sent: true, message: failure.message }))
}
