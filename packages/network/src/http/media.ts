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
