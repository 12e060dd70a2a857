import { CID, type Value } from '@ipvm/ipld'
import type { BodyType, Pending } from '../exchange.ts'

/** What a frame of the stream of requests is about; its first item. The second is the number of the request. */
export const word = {
  /** `[hello, 0, record]`: who is there; the first frame in each direction. */
  hello: 0,
  /** `[prove, 0, container]`: delegations by which one may ask without being known; once, behind the hello. */
  prove: 6,
  /** `[ask, n, type, wait, isLast, bytes]` */
  ask: 1,
  /** `[more, n, isLast, bytes]`: of what was begun by `ask` or `answer`. */
  more: 2,
  /** `[cancel, n]`: nobody waits any more. */
  cancel: 3,
  /** `[answer, n, type, pending, isLast, bytes]` */
  answer: 4,
  /** `[refuse, n, name, message, retryAfter]` */
  refuse: 5,
} as const

/** Whether a value is a kind of body. */
export function isBodyType(value: Value | undefined): value is BodyType {
  return value === 'container' || value === 'car' || value === 'reconcile'
}

/** What is still to come, as data. */
export function pendingValue(pending: readonly Pending[]): Value[] {
  return pending.map(({ kind, cid }) => [kind, cid])
}

/** Reads what is still to come; undefined where it is none. */
export function readPending(value: Value | undefined): readonly Pending[] | undefined {
  if (!Array.isArray(value)) return undefined
  const read = value.flatMap(item => {
    const [kind, cid] = Array.isArray(item) ? item : []
    return (kind === 'receipt' || kind === 'workflow') && cid instanceof CID ? [{ kind, cid } as const] : []
  })
  return read.length === value.length ? read : undefined
}

/** A body that comes in pieces, up to a limit. */
export class Assembly {
  readonly #bytesMax: number
  readonly #pieces: Uint8Array[] = []
  length = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** False where it is too large now. */
  add(piece: Uint8Array): boolean {
    this.length += piece.length
    if (this.length > this.#bytesMax) return false
    this.#pieces.push(piece)
    return true
  }

  whole(): Uint8Array {
    const [only] = this.#pieces
    if (only && this.#pieces.length === 1) return only
    const whole = new Uint8Array(this.length)
    let at = 0
    for (const piece of this.#pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }
}
