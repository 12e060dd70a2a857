import { codec } from '@ipvm/ipld'
import type { BodyType } from '../exchange.ts'

/** The media types of what travels. */
export const media = {
  container: 'application/vnd.ipvm.container',
  car: 'application/vnd.ipld.car',
  reconcile: 'application/vnd.ipvm.reconcile',
  raw: 'application/vnd.ipld.raw',
  dagCbor: 'application/vnd.ipld.dag-cbor',
  dagPb: 'application/vnd.ipld.dag-pb',
  dagJson: 'application/vnd.ipld.dag-json',
  bytes: 'application/octet-stream',
  events: 'text/event-stream',
  json: 'application/json',
} as const

/** The kind of a body by its `Content-Type`; a container, where that says nothing that we know (`curl` says forms). */
export function bodyTypeOf(contentType: string | null | undefined): BodyType {
  const type = essence(contentType)
  if (type === media.car) return 'car'
  return type === media.reconcile ? 'reconcile' : 'container'
}

/**
 * The kind of a body that was sent with this `Content-Type`. Where that says nothing that we know, the first byte tells:
 * a container begins with a letter or `@`, and a CAR with the length of its header.
 */
export function bodyTypeIn(contentType: string | undefined, bytes: Uint8Array): BodyType {
  if (contentType === media.container) return 'container'
  const type = bodyTypeOf(contentType)
  if (type !== 'container' || essence(contentType) === media.container) return type
  const [length = 0, header] = bytes
  return length < containerBytesFrom && header === mapOfTwo ? 'car' : type
}

/** No container begins with a lesser byte than `@`. */
const containerBytesFrom = 0x40

/** How the header of a CAR begins, in DAG-CBOR: its roots and its version. */
const mapOfTwo = 0xa2

/** A media type without its parameters, in lower case. */
export function essence(contentType: string | null | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** The forms in which something is given by its CID. */
export type Form = 'raw' | 'car' | 'file'

/**
 * The form that is asked for, by `?format=`, else by `Accept` (Trustless Gateway § Request): what nobody asks for in
 * another form is given as a file where it is one. Undefined where it is a form that is not given here.
 */
export function formOf(format: string | undefined, accept: string | undefined, code: number): Form | undefined {
  if (format !== undefined) return format === 'raw' || format === 'car' ? format : undefined
  const types = (accept ?? '*/*').split(',').map(essence)
  if (types.includes(media.car)) return 'car'
  if (types.includes(media.raw)) return 'raw'
  if (!types.some(type => type === '*/*' || type === 'application/*' || ownTypes(code).includes(type))) return undefined
  return code === codec.raw || code === codec.dagPb ? 'file' : 'raw'
}

function ownTypes(code: number): readonly string[] {
  return code === codec.dagCbor ? [media.dagCbor] : [media.bytes]
}

/** The media type of a block as it is. */
export function blockType(code: number, wasAskedFor: boolean): string {
  if (wasAskedFor || code === codec.raw) return media.raw
  return code === codec.dagCbor ? media.dagCbor : code === codec.dagPb ? media.dagPb : media.raw
}
