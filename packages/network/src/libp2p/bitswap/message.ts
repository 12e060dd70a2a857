import { CID } from '@ipvm/ipld'
import { reader, writer, type Reader } from 'protons-runtime'
import { bitswapWantsMax } from '../../limits.ts'

/** The protocol that is spoken; older ones are not. */
export const bitswapProtocol = '/ipfs/bitswap/1.2.0'

/** That somebody wants a block, or wants to know whether it is there, or does not any more. */
export interface Want {
  readonly cid: CID
  readonly kind: 'block' | 'have' | 'cancel'
  /** Whether it is to be said where the block is not there. */
  readonly tellsLack: boolean
}

/** A block, and what stands before the digest in its name: version, codec, hash function and length. */
export interface PrefixedBlock {
  readonly prefix: Uint8Array
  readonly bytes: Uint8Array
}

/** Whether a block is there. */
export interface Presence {
  readonly cid: CID
  readonly isThere: boolean
}

/** A message of bitswap 1.2. */
export interface Message {
  readonly wants: readonly Want[]
  readonly blocks: readonly PrefixedBlock[]
  readonly presences: readonly Presence[]
}

/** The fields of `message.proto` of bitswap. */
const message = { wantlist: 1, blocks: 3, presences: 4 } as const
const wantlist = { entries: 1 } as const
const entry = { cid: 1, priority: 2, cancel: 3, wantType: 4, sendDontHave: 5 } as const
const block = { prefix: 1, data: 2 } as const
const presence = { cid: 1, type: 2 } as const

const wireVarint = 0
const wireBytes = 2
const wantHave = 1
const doNotHave = 1

/** The bytes of a message. */
export function encodeMessage({ wants = [], blocks = [], presences = [] }: Partial<Message>): Uint8Array {
  const out = writer()
  if (wants.length > 0) {
    out.uint32(bytesTag(message.wantlist)).fork()
    for (const want of wants) out.uint32(bytesTag(wantlist.entries)).bytes(encodeWant(want))
    out.ldelim()
  }
  for (const { prefix, bytes } of blocks) {
    out.uint32(bytesTag(message.blocks)).fork()
    out.uint32(bytesTag(block.prefix)).bytes(prefix).uint32(bytesTag(block.data)).bytes(bytes).ldelim()
  }
  for (const { cid, isThere } of presences) {
    out.uint32(bytesTag(message.presences)).fork().uint32(bytesTag(presence.cid)).bytes(cid.bytes)
    if (!isThere) out.uint32(varintTag(presence.type)).uint32(doNotHave)
    out.ldelim()
  }
  return out.finish()
}

function encodeWant({ cid, kind, tellsLack }: Want): Uint8Array {
  const out = writer().uint32(bytesTag(entry.cid)).bytes(cid.bytes).uint32(varintTag(entry.priority)).uint32(1)
  if (kind === 'cancel') out.uint32(varintTag(entry.cancel)).uint32(1)
  if (kind === 'have') out.uint32(varintTag(entry.wantType)).uint32(wantHave)
  if (tellsLack) out.uint32(varintTag(entry.sendDontHave)).uint32(1)
  return out.finish()
}

/** Reads a message; undefined where it is none, or wants or says more than anybody may. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  const wants: Want[] = []
  const blocks: PrefixedBlock[] = []
  const presences: Presence[] = []
  try {
    eachField(bytes, {
      [message.wantlist]: from =>
        eachField(from.bytes(), { [wantlist.entries]: list => add(wants, decodeWant(list.bytes())) }),
      [message.blocks]: from => add(blocks, decodeBlock(from.bytes())),
      [message.presences]: from => add(presences, decodePresence(from.bytes())),
    })
  } catch {
    return undefined
  }
  return { wants, blocks, presences }
}

function decodeWant(bytes: Uint8Array): Want {
  const read = { cid: none, isCancel: false, isHave: false, tellsLack: false }
  eachField(bytes, {
    [entry.cid]: from => {
      read.cid = from.bytes()
    },
    [entry.cancel]: from => {
      read.isCancel = from.bool()
    },
    [entry.wantType]: from => {
      read.isHave = from.int32() === wantHave
    },
    [entry.sendDontHave]: from => {
      read.tellsLack = from.bool()
    },
  })
  const kind = read.isCancel ? 'cancel' : read.isHave ? 'have' : 'block'
  return { cid: CID.decode(read.cid), kind, tellsLack: read.tellsLack }
}

function decodeBlock(bytes: Uint8Array): PrefixedBlock {
  const read = { prefix: none, bytes: none }
  eachField(bytes, {
    [block.prefix]: from => {
      read.prefix = from.bytes()
    },
    [block.data]: from => {
      read.bytes = from.bytes()
    },
  })
  return read
}

function decodePresence(bytes: Uint8Array): Presence {
  const read = { cid: none, isThere: true }
  eachField(bytes, {
    [presence.cid]: from => {
      read.cid = from.bytes()
    },
    [presence.type]: from => {
      read.isThere = from.int32() !== doNotHave
    },
  })
  return { cid: CID.decode(read.cid), isThere: read.isThere }
}

const none: Uint8Array = new Uint8Array(0)

/** Reads the fields that are known, and passes over the others. Throws where the bytes are no fields. */
function eachField(bytes: Uint8Array, readers: Readonly<Record<number, (from: Reader) => void>>): void {
  const from = reader(bytes)
  while (from.pos < from.len) {
    const tag = from.uint32()
    const read = readers[tag >>> 3]
    if (read) read(from)
    else from.skipType(tag & 7)
  }
}

function add<T>(list: T[], item: T): void {
  if (list.length >= bitswapWantsMax) throw new RangeError('too many')
  list.push(item)
}

function bytesTag(field: number): number {
  return (field << 3) | wireBytes
}

function varintTag(field: number): number {
  return (field << 3) | wireVarint
}
