import { decode, encode, isMap, type Value } from '@ipvm/ipld'
import { readContents, writeContents, type Body } from '@ipvm/network'
import { decodeInvocation } from '@ipvm/ucan/invocation'
import { isDid, type Did } from '@ipvm/varsig'
import type { Request } from '../ask/request.ts'
import { wholeFile, type WholeFile } from '../blocks/put.ts'

/** What was written down. */
interface Written {
  /** The name of the invocation, or of the file. */
  readonly id: string
  readonly node: Did
  /** When it was written down, seconds since 1970. */
  readonly at: number
}

/** A request that was written down. */
export interface RequestEntry extends Written {
  readonly request: Request
  /** What the app wants to be told with the answer. */
  readonly note: Value
}

/** A file that is to be brought. */
export interface FileEntry extends Written {
  readonly file: WholeFile
}

/** An entry as bytes: the request's own are in there as they are sent. */
export function encodeEntry(entry: RequestEntry | FileEntry): Uint8Array {
  const { node, at } = entry
  if ('file' in entry) return encode({ v: 1, node, at, type: 'file', body: entry.file.bytes })
  const { type, bytes } = entry.request.whole
  return encode({ v: 1, node, at, note: entry.note, type, body: bytes })
}

/** Reads an entry; undefined where it is none, as after a version that wrote them otherwise. */
export async function readEntry(id: string, bytes: Uint8Array): Promise<RequestEntry | FileEntry | undefined> {
  const value = decode(bytes)
  if ('error' in value || !isMap(value.ok)) return undefined
  const { v, node, at, note = null, type, body } = value.ok
  if (v !== 1 || !isDid(node) || typeof at !== 'number' || !(body instanceof Uint8Array)) return undefined
  if (type === 'file') {
    const file = wholeFile(body)
    return `${file.root}` === id ? { id, node, at, file } : undefined
  }
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
