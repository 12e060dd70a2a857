import { decode, encode, error, isMap, ok, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { reconcileAsksMax, reconcileListMax, reconcileMessageBytesMax, reconcileSetLengthMax } from '../limits.ts'
import { fingerprintBytes, saltBytes } from './fingerprint.ts'
import { below, digestBytes, isWithin, nibblesMax, placeBytes, readPlace, type Digest, type Place } from './place.ts'
import { digestOf } from './digest-set.ts'
import { characters } from '@ipvm/ipld'

/** The key of a message that asks, and of one that answers. */
const askTag = 'ipvm/reconcile/ask@1'
const tellTag = 'ipvm/reconcile/tell@1'

/** The bytes are not a message of a reconciliation. */
export interface MalformedMessage extends Failure {
  readonly name: 'MalformedMessage'
}

/** What is asked: what is at these places of a set. */
export interface Ask {
  readonly set: string
  readonly salt: Uint8Array
  readonly places: readonly Place[]
  /** The fingerprint of the asker's whole set, where the whole set is asked about: if it is the same, that is all. */
  readonly whole?: Uint8Array
}

/** What is at a place: the digests where they are few, else fingerprints of what is below. */
export type Told =
  | { readonly kind: 'same' }
  | { readonly kind: 'list'; readonly digests: readonly Digest[] }
  | { readonly kind: 'parts'; readonly parts: ReadonlyMap<Place, Uint8Array> }

/** An ask as bytes. */
export function writeAsk({ set, salt, places, whole }: Ask): Uint8Array {
  return encode({ [askTag]: { set, salt, at: places.map(placeBytes), ...(whole && { whole }) } })
}

/** Reads an ask. Failure: `MalformedMessage`. */
export function readAsk(bytes: Uint8Array): Result<Ask, MalformedMessage> {
  const fields = fieldsOf(bytes, askTag)
  if (typeof fields === 'string') return malformed(fields)
  const { set, salt, at, whole, ...more } = fields
  if (Object.keys(more).length > 0) return malformed('it has other fields')
  if (typeof set !== 'string' || set.length > reconcileSetLengthMax) return malformed('its set has no name')
  if (!isBytes(salt, saltBytes)) return malformed(`its salt is not ${saltBytes} bytes`)
  if (whole !== undefined && !isBytes(whole, fingerprintBytes)) return malformed('its fingerprint is none')
  if (!Array.isArray(at) || at.length > reconcileAsksMax) return malformed(`it asks for more than ${reconcileAsksMax}`)
  const places = at.flatMap(item => (item instanceof Uint8Array ? (readPlace(item) ?? []) : []))
  if (places.length !== at.length) return malformed('it has a place that is none')
  return ok({ set, salt, places, ...(whole !== undefined && { whole }) })
}

/** Answers as bytes, in the order of the places that were asked about; fewer of them where not all found room. */
export function writeTold(told: readonly Uint8Array[]): Uint8Array {
  return encode({ [tellTag]: [...told] })
}

const sameKind = 0
const listKind = 1
const partsKind = 2

/** One answer as bytes. All digests of a list begin with the place: what is known of them is left out. */
export function toldBytes(place: Place, told: Told): Uint8Array {
  if (told.kind === 'same') return Uint8Array.of(sameKind)
  if (told.kind === 'list') {
    const known = place.length >> 1
    const each = digestBytes - known
    const bytes = new Uint8Array(1 + told.digests.length * each)
    bytes[0] = listKind
    for (const [n, digest] of told.digests.entries()) bytes.set(digestOf(digest).subarray(known), 1 + n * each)
    return bytes
  }
  const levels = [...told.parts.keys()][0]?.length ?? place.length + 1
  const depth = levels - place.length
  const map = new Uint8Array(mapBytes(depth))
  const bytes = [...told.parts.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
  const whole = new Uint8Array(2 + map.length + bytes.length * fingerprintBytes)
  whole.set([partsKind, depth])
  for (const [n, [lower, part]] of bytes.entries()) {
    const index = Number.parseInt(lower.slice(place.length), 16)
    map[index >> 3] = (map[index >> 3] ?? 0) | (128 >> (index & 7))
    whole.set(part, 2 + map.length + n * fingerprintBytes)
  }
  whole.set(map, 2)
  return whole
}

/** Reads the answers about these places. Failure: `MalformedMessage`. */
export function readTold(bytes: Uint8Array, places: readonly Place[]): Result<readonly Told[], MalformedMessage> {
  if (bytes.length > reconcileMessageBytesMax + tellTag.length + 16) return malformed('it is too large')
  const decoded = decode(bytes)
  const answers = 'ok' in decoded && isMap(decoded.ok) ? decoded.ok[tellTag] : undefined
  if (!Array.isArray(answers) || answers.length > places.length) return malformed('it is no list of answers')
  const told: Told[] = []
  for (const [n, answer] of answers.entries()) {
    const read = answer instanceof Uint8Array ? readOne(places[n] ?? '', answer) : undefined
    if (!read) return malformed(`its answer about the place ${places[n]} is none`)
    told.push(read)
  }
  return ok(told)
}

function readOne(place: Place, bytes: Uint8Array): Told | undefined {
  if (bytes[0] === sameKind) return bytes.length === 1 && place === '' ? { kind: 'same' } : undefined
  if (bytes[0] === listKind) return readList(place, bytes.subarray(1))
  return bytes[0] === partsKind ? readParts(place, bytes[1] ?? 0, bytes.subarray(2)) : undefined
}

function readList(place: Place, bytes: Uint8Array): Told | undefined {
  const known = place.length >> 1
  const each = digestBytes - known
  // At the full depth there is one digest or none, and a byte would say so; nobody is asked about that.
  if (each === 0 || bytes.length % each !== 0 || bytes.length > each * reconcileListMax) return undefined
  const start = characters((readPlaceBytes(place) ?? new Uint8Array()).subarray(0, known))
  const digests: Digest[] = []
  for (let at = 0; at < bytes.length; at += each) {
    const digest = start + characters(bytes.subarray(at, at + each))
    if (!isWithin(place, digest) || digest <= (digests.at(-1) ?? '')) return undefined
    digests.push(digest)
  }
  return { kind: 'list', digests }
}

function readPlaceBytes(place: Place): Uint8Array {
  return placeBytes(place).subarray(1)
}

function readParts(place: Place, depth: number, bytes: Uint8Array): Told | undefined {
  if ((depth !== 1 && depth !== 2) || place.length + depth >= nibblesMax) return undefined
  const map = bytes.subarray(0, mapBytes(depth))
  const parts = new Map<Place, Uint8Array>()
  let at = map.length
  for (let index = 0; index < 16 ** depth; index++) {
    if (((map[index >> 3] ?? 0) & (128 >> (index & 7))) === 0) continue
    const lower = depth === 1 ? below(place, index) : below(below(place, index >> 4), index & 15)
    parts.set(lower, bytes.subarray(at, at + fingerprintBytes))
    at += fingerprintBytes
  }
  return at === bytes.length && parts.size > 0 ? { kind: 'parts', parts } : undefined
}

function mapBytes(depth: number): number {
  return 16 ** depth / 8
}

function fieldsOf(bytes: Uint8Array, tag: string): ValueMap | string {
  if (bytes.length > reconcileMessageBytesMax) return 'it is too large'
  const decoded = decode(bytes)
  if ('error' in decoded) return decoded.error.message
  const fields: Value | undefined = isMap(decoded.ok) ? decoded.ok[tag] : undefined
  return fields !== undefined && isMap(fields) ? fields : `it is no map under ${tag}`
}

function isBytes(value: Value | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function malformed(problem: string): { readonly error: MalformedMessage } {
  return error({ name: 'MalformedMessage', message: `not a message of a reconciliation: ${problem}` })
}
