import { error, ok, type CID, type Result } from '@ipvm/ipld'
import { networkFailure, type NetworkFailure } from '@ipvm/network'
import { readBody, readRefusal } from '@ipvm/network/http/client'
import { limits as ucanLimits } from '@ipvm/ucan'
import type { Receipt } from '@ipvm/ucan/receipt'
import type { Did } from '@ipvm/varsig'
import { accept, foreignReceipt } from './ask/accept.ts'
import { isOf } from './ask/request.ts'
import type { ForeignReceipt } from './failure.ts'
import { answerWithin } from './limits.ts'
import type { Link } from './node/link.ts'

/** The receipts of a task that the node has; what is under way is waited for. Empty where there is none. */
export async function receiptsOf(
  link: Link,
  task: CID,
  trusted: readonly Did[],
  { wait, signal }: { readonly wait: number; readonly signal: AbortSignal },
): Promise<Result<readonly Receipt[], NetworkFailure | ForeignReceipt>> {
  const path = `receipts/${task}${wait > 0 ? `?wait=${wait / 1000}` : ''}`
  const asking = { method: 'GET', path, proof: ['/receipt/read', { task }] } as const
  const container = await link.remote.ask<Uint8Array | undefined>(
    asking,
    { within: wait + answerWithin, signal },
    async response => {
      if (response.status === 404) {
        await response.body?.cancel()
        return ok(undefined)
      }
      if (response.status !== 200) return error(await readRefusal(link.address, response))
      const bytes = await readBody(response.body, { bytesMax: ucanLimits.containerBytesMax })
      return typeof bytes === 'string' ? error(networkFailure('Cut', link.address, { sent: true })) : ok(bytes)
    },
  )
  if ('error' in container) return container
  if (!container.ok) return ok([])
  const accepted = await accept(link.address, { type: 'container', bytes: container.ok }, trusted)
  if ('error' in accepted) return accepted
  const [receipts, foreign] = [accepted.ok.receipts, accepted.ok.foreign].map(all => all.filter(one => isOf(task, one)))
  if (receipts?.length === 0 && foreign && foreign.length > 0) return error(foreignReceipt(foreign, trusted))
  return ok(receipts ?? [])
}
