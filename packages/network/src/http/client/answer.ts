import { decodePlainJson, isMap, parseCid } from '@ipvm/ipld'
import type { Answer, Pending } from '../../exchange.ts'
import { networkFailure, printed, type NetworkFailure, type RefusalReason } from '../../failure.ts'
import { busyRetry, pendingMax, refusalBytesMax, sentenceLengthShown } from '../../limits.ts'
import type { PeerName } from '../../peer.ts'
import { error, ok, type Result } from '@ipvm/ipld'
import { readBody } from '../body.ts'
import { bodyTypeOf, essence, media } from '../media.ts'

const sentTypes: readonly string[] = [media.container, media.car, media.reconcile]

/** Reads what came back for a request, up to a limit. */
export async function readAnswer(
  peer: PeerName,
  response: Response,
  bytesMax: number,
): Promise<Result<Answer, NetworkFailure>> {
  const { status, headers } = response
  if (status !== 200 && status !== 202) return error(await readRefusal(peer, response))
  if (!sentTypes.includes(essence(headers.get('content-type')))) {
    await response.body?.cancel()
    const message = `${peer} answered with ${printed(headers.get('content-type') ?? 'nothing that is named')}, which is no container`
    return error(networkFailure('MalformedAnswer', peer, { sent: true, message }))
  }
  if (Number(headers.get('content-length') ?? 0) > bytesMax) {
    await response.body?.cancel()
    return error(networkFailure('TooLarge', peer, { sent: true, limit: bytesMax }))
  }
  const bytes = await readBody(response.body, { bytesMax })
  if (bytes === 'TooLarge') return error(networkFailure('TooLarge', peer, { sent: true, limit: bytesMax }))
  if (typeof bytes === 'string') return error(networkFailure('Cut', peer, { sent: true }))
  const pending = status === 202 ? pendingIn(headers.get('ipvm-pending') ?? '') : []
  return ok({ type: bodyTypeOf(headers.get('content-type')), bytes, ...(pending.length > 0 && { pending }) })
}

/** Why a peer refused, in its own words; these are cut short, and stripped of what a terminal would obey. */
export async function readRefusal(peer: PeerName, response: Response): Promise<NetworkFailure> {
  const { status, headers } = response
  if (status >= 300 && status < 400) {
    await response.body?.cancel()
    return networkFailure('MalformedAnswer', peer, { sent: true, message: `${peer} redirects elsewhere; ask there` })
  }
  const bytes = await readBody(response.body, { bytesMax: refusalBytesMax })
  const told = typeof bytes === 'string' ? undefined : toldIn(bytes)
  const words = told ? `${peer} refused: ${told.message}` : `${peer} answered with the status ${status}`
  const more = { sent: true, message: words, ...(told && { reason: told }) }
  if (status === 503 || status === 429) return networkFailure('Busy', peer, { ...more, retryAfter: retryIn(headers) })
  if (status === 413) return networkFailure('TooLarge', peer, more)
  return networkFailure(status >= 500 && !told ? 'MalformedAnswer' : 'Refused', peer, more)
}

function toldIn(bytes: Uint8Array): RefusalReason | undefined {
  const read = decodePlainJson(new TextDecoder().decode(bytes))
  if ('error' in read || !isMap(read.ok)) return undefined
  const { name, message, proof, statement, selector } = read.ok
  if (typeof name !== 'string' || typeof message !== 'string') return undefined
  return {
    name: printed(name),
    message: printed(message, sentenceLengthShown),
    ...(typeof proof === 'number' && { proof }),
    ...(typeof statement === 'string' && { statement: printed(statement, sentenceLengthShown) }),
    ...(typeof selector === 'string' && { selector: printed(selector, sentenceLengthShown) }),
  }
}

function retryIn(headers: Headers): number {
  const exact = Number(headers.get('ipvm-retry-after') ?? Number.NaN)
  if (Number.isFinite(exact) && exact >= 0) return exact
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : busyRetry
}

function pendingIn(header: string): readonly Pending[] {
  return header.split(',', pendingMax).flatMap(part => {
    const [kind, text = ''] = part.trim().split('=')
    const cid = parseCid(text)
    return 'ok' in cid && (kind === 'receipt' || kind === 'workflow') ? [{ kind, cid: cid.ok } as const] : []
  })
}
