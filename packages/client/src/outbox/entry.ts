import { decode, encode, isMap, type Value } from '@ipvm/ipld'
import { readContents, writeContents, type Body } from '@ipvm/network'
import { decodeInvocation } from '@ipvm/ucan/invocation'
import { isDid, type Did } from '@ipvm/varsig'
import type { Request } from '../ask/request.ts'

/** A request that was written down. */
export interface OutboxEntry {
  /** The name of its invocation. */
  readonly id: string
  readonly node: Did
  readonly request: Request
  /** What the app wants to be told with the answer. */
  readonly note: Value
  /** When it was written down, seconds since 1970. */
  readonly at: number
}

/** An entry as bytes: the request's own are in there as they are sent. */
export function encodeEntry({ node, request: { whole }, note, at }: OutboxEntry): Uint8Array {
  return encode({ v: 1, node, at, note, type: whole.type, body: whole.bytes })
}

/** Reads an entry; undefined where it is none, as after a version that wrote them otherwise. */
export async function readEntry(id: string, bytes: Uint8Array): Promise<OutboxEntry | undefined> {
  const value = decode(bytes)
  if ('error' in value || !isMap(value.ok)) return undefined
  const { v, node, at, note = null, type, body } = value.ok
  if (v !== 1 || !isDid(node) || typeof at !== 'number' || !(body instanceof Uint8Array)) return undefined
  if (type !== 'container' && type !== 'car') return undefined
  const request = await readRequest({ type, bytes: body }, id)
  return request && { id, node, request, note, at }
}

async function readRequest(whole: Body, id: string): Promise<Request | undefined> {
  const contents = await readContents(whole)
  if ('error' in contents) return undefined
  for (const token of contents.ok.tokens) {
    const invocation = decodeInvocation(token)
    if ('ok' in invocation && `${invocation.ok.envelope.cid}` === id) {
      return { invocation: invocation.ok, whole, body: await writeContents(contents.ok.tokens) }
    }
  }
  return undefined
}
