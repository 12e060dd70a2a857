import { StreamError, type CID } from '@ipvm/ipld'
import type { NetworkProblem } from '@ipvm/network'
import { EventParser, media } from '@ipvm/network/http/client'
import type { Did } from '@ipvm/varsig'
import { emptyStreamsMax, retryWaits, silenceMax } from '../limits.ts'
import type { Link } from '../node/link.ts'
import { receiptsOf } from '../receipts.ts'
import { backoff, pause } from '../world.ts'
import { isLast, readNews, receiptIn, type RunNews } from './news.ts'

/** How a run is watched. */
export interface WatchOptions {
  /** The number of the last event that is known already. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/** After these it is tried again, from the event on that came last. */
const passing: readonly string[] = ['Unreachable', 'TimedOut', 'Busy', 'Cut'] satisfies readonly NetworkProblem[]

/**
 * What happens in a run, or in the newest one of a workflow, until it has ended. A lost connection is opened again, and goes on after
 * the event that came last: none is told twice, and none is left out.
 *
 * @throws StreamError where the node refuses, with its reason
 */
export async function* watch(
  link: Link,
  run: CID,
  trusted: readonly Did[],
  { after = 0, signal }: WatchOptions & { readonly signal: AbortSignal },
): AsyncGenerator<RunNews, void, undefined> {
  let last = after
  let empty = 0
  for (let attempt = 1; !signal.aborted; attempt++) {
    let isNew = false
    try {
      for await (const news of eventsOf(link, run, last, signal)) {
        if (news.id < last) continue
        isNew ||= news.id > last
        last = news.id
        yield await withReceipt(link, news, trusted, signal)
        if (isLast(news)) return
      }
      empty = isNew ? 0 : empty + 1
      if (empty > emptyStreamsMax) return
    } catch (thrown) {
      if (signal.aborted) return
      if (!(thrown instanceof StreamError) || !passing.includes(thrown.failure.name)) throw thrown
    }
    if (isNew) attempt = 1
    await pause(link.world, backoff(link.world, attempt, retryWaits), signal)
  }
}

/** The events of one stream; it ends where the connection does. */
async function* eventsOf(link: Link, run: CID, after: number, signal: AbortSignal): AsyncGenerator<RunNews> {
  const path = `workflows/${run}/events`
  const headers = { accept: media.events, 'last-event-id': `${after}` }
  const proof = ['/workflow/read', { workflow: run }] as const
  const controller = new AbortController()
  const within = AbortSignal.any([signal, controller.signal])
  const body = await link.remote.stream({ path, headers, proof }, within)
  const reader = body.getReader()
  const parser = new EventParser()
  try {
    for (;;) {
      // A node that is there says so every few seconds.
      const cancel = link.world.after(silenceMax, () => controller.abort())
      const next = await reader.read().catch(() => undefined)
      cancel()
      if (!next || next.done) return
      const events = parser.push(next.value)
      if ('error' in events) return
      for (const event of events.ok) {
        const news = readNews(event)
        if (news) yield news
      }
    }
  } finally {
    controller.abort()
    await reader.cancel().catch(() => undefined)
  }
}

async function withReceipt(link: Link, news: RunNews, trusted: readonly Did[], signal: AbortSignal): Promise<RunNews> {
  const told = receiptIn(news)
  if (!told) return news
  const receipts = await receiptsOf(link, told.task, trusted, { wait: 0, signal })
  const receipt = 'ok' in receipts ? receipts.ok.find(({ cid }) => cid.equals(told.receipt)) : undefined
  return receipt ? { ...news, receipt } : news
}
