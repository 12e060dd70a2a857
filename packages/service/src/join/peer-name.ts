import { sameDid, type Did } from '@ipvm/varsig'
import { peerNameLengthMax } from '../limits.ts'
import type { Peers } from './peer-book.ts'

/** Whether a text may name a peer: one word of letters, digits, `.`, `_` and `-`, which no DID is. */
export function isPeerName(text: string): boolean {
  return text.length <= peerNameLengthMax && /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(text)
}

/**
 * What to call a peer here: the name wanted, with a number where another one is called so. A name that the peer itself
 * gave is cut down to what a name may be; undefined where nothing is left.
 */
export function freeName(wanted: string | undefined, did: Did, { peers }: Peers): string | undefined {
  const cut = (wanted ?? '').replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^[^\p{L}\p{N}]+|-+$/gu, '')
  const name = [...cut].slice(0, peerNameLengthMax - 8).join('')
  if (!isPeerName(name)) return undefined
  const isTaken = (text: string) => peers.some(peer => peer.name === text && !sameDid(peer.did, did))
  if (!isTaken(name)) return name
  for (let n = 2; ; n++) if (!isTaken(`${name}-${n}`)) return `${name}-${n}`
}
