import { decodePlainJson, error, isMap, ok, type Result } from '@ipvm/ipld'
import { networkFailure, type NetworkFailure } from '../../failure.ts'
import { answerWithin, bodyBytesMax } from '../../limits.ts'
import { readBody, unshared } from '../body.ts'
import { bodyRefused } from '../refuse.ts'
import { statusHeader } from '../session.ts'
import { readRefusal } from './answer.ts'
import type { Remote } from './remote.ts'

/** What who only asks is asked, by the stream that it holds (ADR 136). */
export interface Asked {
  readonly id: string
  readonly method: 'GET' | 'POST'
  /** Without the slash at its beginning. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** What an event asks; undefined where it is nothing that is answered here. */
export function readAsked(data: string): Asked | undefined {
  const read = decodePlainJson(data)
  if ('error' in read || !isMap(read.ok)) return undefined
  const { id, method, path, headers = {} } = read.ok
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id) || typeof path !== 'string' || !isMap(headers))
    return undefined
  if ((method !== 'GET' && method !== 'POST') || !asks[method].test(path)) return undefined
  const told = Object.entries(headers).flatMap(([name, value]) =>
    heard.includes(name) && typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) ? [[name, value]] : [],
  )
  return { id, method, path, headers: Object.fromEntries(told) }
}

/** What a node asks of another one: requests, reconciliations and blocks, as `Remote` writes them. */
const asks = {
  GET: /^ipfs\/[^/?#]{1,128}\?format=raw$/,
  POST: /^(?:reconcile)?(?:\?wait=[\d.]{1,13})?$/,
} as const

const heard: readonly string[] = ['accept', 'authorization', 'content-type']

/** The headers of an answer that say something to whoever asked. */
const said: readonly string[] = ['content-type', 'ipvm-pending', 'ipvm-retry-after', 'retry-after']

/** Gets what is asked, and brings the answer to whoever asks. Failures: those of a request. */
export async function answerAsked(
  asked: Asked,
  remote: Remote,
  answer: (request: Request) => Promise<Response>,
  signal: AbortSignal,
): Promise<Result<undefined, NetworkFailure>> {
  const { method, headers, path } = asked
  const body = method === 'POST' ? await bodyOf(asked, remote, signal) : ok(undefined)
  if ('error' in body) return body
  // Nobody is there: it goes to the app, which looks at the path alone.
  const request = new Request(`http://asked.invalid/${path}`, { method, headers, body: body.ok ?? null, signal })
  const response = await answer(request)
  const bytes = await readBody(response.body, { bytesMax: bodyBytesMax })
  if (typeof bytes === 'string') return bring(asked, bodyRefused(bytes, bodyBytesMax), new Uint8Array(), remote, signal)
  return bring(asked, response, bytes, remote, signal)
}

function bodyOf({ id }: Asked, remote: Remote, signal: AbortSignal) {
  const asking = { method: 'GET', path: `asked/${id}` } as const
  return remote.ask<Uint8Array<ArrayBuffer>>(asking, { within: answerWithin, signal }, async response => {
    if (response.status !== 200) return error(await readRefusal(remote.address, response))
    const bytes = await readBody(response.body, { bytesMax: bodyBytesMax })
    return typeof bytes === 'string'
      ? error(networkFailure('Cut', remote.address, { sent: true }))
      : ok(unshared(bytes))
  })
}

function bring(
  { id }: Asked,
  { status, headers }: Response,
  body: Uint8Array,
  remote: Remote,
  signal: AbortSignal,
): Promise<Result<undefined, NetworkFailure>> {
  const told = Object.fromEntries([...headers].filter(([name]) => said.includes(name)))
  const asking = {
    method: 'POST',
    path: `asked/${id}`,
    headers: { ...told, [statusHeader]: `${status}` },
    body,
  } as const
  return remote.ask(asking, { within: answerWithin, signal }, async response =>
    response.status === 204 ? ok(undefined) : error(await readRefusal(remote.address, response)),
  )
}
