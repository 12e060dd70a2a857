import { error, ok, type Result } from '@ipvm/ipld'
import { limits as ucanLimits } from '@ipvm/ucan'
import { never, withDeadline } from '../../deadline.ts'
import type { Waiting } from '../../exchange.ts'
import { networkFailure, type NetworkFailure } from '../../failure.ts'
import { connectWithin } from '../../limits.ts'
import { readPeerRecord, type PeerRecord } from '../../peer-record.ts'
import type { NetworkWorld } from '../../world.ts'
import { readBody } from '../body.ts'
import { httpAddress } from './address.ts'
import { readRefusal } from './answer.ts'
import { fetchFailed, type Fetch } from './fetcher.ts'

/**
 * Asks who is at an address over HTTP: the signed record that is shown there (ADR 93), where it is about this address.
 * Nobody has to be allowed anything for that, and redirects are not followed. Undefined where no such record is shown.
 * Failures: `NoSuchPeer` where it is no address of HTTP, and those of a request.
 */
export async function askPeerRecord(
  text: string,
  { fetch, world }: { readonly fetch: Fetch; readonly world: Pick<NetworkWorld, 'now' | 'after'> },
  waiting: Waiting = {},
): Promise<Result<PeerRecord | undefined, NetworkFailure>> {
  const address = httpAddress(text)
  if (address === undefined) return error(networkFailure('NoSuchPeer', text))
  const ended = await withDeadline(world, { within: connectWithin, signal: never, ...waiting }, async signal => {
    const bytes = await shownAt(address, fetch, signal)
    if ('error' in bytes) return bytes
    const record = bytes.ok && (await readPeerRecord(bytes.ok, { now: world.now(), address }))
    return ok(record && 'ok' in record ? record.ok : undefined)
  })
  return 'done' in ended ? ended.done : error(networkFailure(ended.late, address, { sent: true }))
}

async function shownAt(
  address: string,
  ask: Fetch,
  signal: AbortSignal,
): Promise<Result<Uint8Array | undefined, NetworkFailure>> {
  try {
    const url = `${address}.well-known/ipvm-peer`
    const response = await ask(url, { method: 'GET', headers: { accept: '*/*' }, redirect: 'manual', signal })
    if (response.status === 200) {
      const bytes = await readBody(response.body, { bytesMax: ucanLimits.envelopeBytesMax })
      return ok(typeof bytes === 'string' ? undefined : bytes)
    }
    const failure = await readRefusal(address, response)
    // A server that is no node, or a node that knows no address of its own.
    return failure.name === 'Busy' ? error(failure) : ok(undefined)
  } catch (thrown) {
    const { problem, sent, message } = fetchFailed(thrown)
    return error(networkFailure(problem, address, { sent, ...(message !== undefined && { message }) }))
  }
}
