import { error, ok, setKey, type Result, type Value } from '@ipvm/ipld'
import type { Context } from 'hono'
import { headerLengthMax, knownRequestBytesMax, urlLengthMax } from '../limits.ts'
import type { SourceOf } from '../trigger/document.ts'
import { headerOf } from './incoming.ts'
import { bodyValue, type BadBody } from './body.ts'

/**
 * A request as a workflow gets it: `{method, path, query, headers, body}`. The path is what comes after the function's own;
 * of a name that stands in the query several times the values are joined by commas. Of its headers there are those that
 * the trigger names.
 */
export function requestData(
  c: Context,
  { headers: allowed }: SourceOf<'http'>,
  base: string,
  bytes: Uint8Array,
): Result<Value, BadBody> {
  const { url } = c.req
  if (url.length > urlLengthMax) {
    return error({ name: 'BadBody', status: 413, message: `the URL has more than ${urlLengthMax} characters` })
  }
  const body = bodyValue(bytes, headerOf(c, 'content-type'))
  if ('error' in body) return body
  const headers: Record<string, Value> = {}
  for (const name of allowed) {
    const text = headerOf(c, name)
    if (text !== undefined) setKey(headers, name, text.slice(0, headerLengthMax).toWellFormed())
  }
  const path = c.req.path.slice(base.length) || '/'
  return ok({ method: c.req.method, path: path.toWellFormed(), query: queryOf(c), headers, body: body.ok })
}

/** All of a request that its workflow gets to see, as one text; nothing of one that is large. */
export function requestKey(c: Context, { headers }: SourceOf<'http'>, body: Uint8Array): string | undefined {
  const { url, method } = c.req
  if (body.length > knownRequestBytesMax || url.length > knownRequestBytesMax) return undefined
  let key = `${method} ${url}\n${headerOf(c, 'content-type') ?? ''}`
  for (const name of headers) key += `\n${headerOf(c, name) ?? '\r'}`
  return `${key}\n\n${Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1')}`
}

function queryOf(c: Context): { readonly [key: string]: Value } {
  const query: Record<string, Value> = {}
  if (!c.req.url.includes('?')) return query
  for (const [name, values] of Object.entries(c.req.queries())) {
    setKey(query, name.toWellFormed(), values.join(',').toWellFormed())
  }
  return query
}
