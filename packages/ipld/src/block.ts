import { cidOf, codec, type CID } from './cid.ts'
import { encode } from './cbor/encode.ts'
import type { Value } from './value.ts'

/** Bytes and the name they hash to. */
export interface Block {
  readonly cid: CID
  readonly bytes: Uint8Array
}

/** The DAG-CBOR block of a value. */
export function blockOf(value: Value): Block {
  const bytes = encode(value)
  return { cid: cidOf(codec.dagCbor, bytes), bytes }
}

/** The raw block of some bytes. */
export function rawBlock(bytes: Uint8Array): Block {
  return { cid: cidOf(codec.raw, bytes), bytes }
}

/** The name of a value: the CID of its DAG-CBOR block. */
export function nameOf(value: Value): CID {
  return blockOf(value).cid
}
