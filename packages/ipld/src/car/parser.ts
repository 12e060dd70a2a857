import type { Block } from '../block.ts'
import { isNamedBy, takeCid, type CID } from '../cid.ts'
import { corruptBlock, type CorruptBlock } from '../file/block.ts'
import { carHeaderBytesMax, carSectionBytesMax } from '../limits.ts'
import type { Failure } from '../result.ts'
import { ByteQueue } from '../stream/queue.ts'
import { StreamError } from '../stream/stream-error.ts'
import { readCarHeader } from './header.ts'
import { VarintReader } from './varint.ts'

/** The bytes are not a CAR; `offset` is where. */
export interface MalformedCar extends Failure {
  readonly name: 'MalformedCar'
  readonly offset: number
}

/** How a CAR is read. */
export interface CarOptions {
  /** Whether bytes are what a name says; where it is left out, they are hashed. Whoever does so later need not do it twice. */
  readonly isNamedBy?: (cid: CID, bytes: Uint8Array) => boolean
}

/** Why a CAR could not be read. */
export type CarFailure = MalformedCar | CorruptBlock

/**
 * Reads a CAR as its bytes come in. A length is only ever waited for, never allocated, and one over its limit is
 * refused before anything is waited for.
 */
export class CarParser {
  /** The roots, once the header was read. */
  roots: readonly CID[] | undefined
  readonly #isNamedBy: (cid: CID, bytes: Uint8Array) => boolean
  readonly #queue = new ByteQueue()
  readonly #varint = new VarintReader()
  /** Bytes that were taken off the queue. */
  #offset = 0
  /** Of the header or section that is waited for: where its length stands, and the length. */
  #start = 0
  #length: number | undefined

  constructor(options: CarOptions = {}) {
    this.#isNamedBy = options.isNamedBy ?? isNamedBy
  }

  /** Says that no more bytes come. Throws StreamError where that leaves something unfinished. */
  finish(): readonly CID[] {
    if (!this.roots) this.#fail('it ends within its header', this.#offset + this.#queue.length)
    if (this.#length !== undefined || this.#varint.isPartial) {
      this.#fail('it ends within a block', this.#offset + this.#queue.length)
    }
    return this.roots
  }

  /** Takes the next bytes; gives the blocks that they complete. Throws StreamError with a {@link CarFailure}. */
  *push(chunk: Uint8Array): Generator<Block> {
    this.#queue.push(chunk)
    for (;;) {
      this.#length ??= this.#readLength()
      if (this.#length === undefined || this.#queue.length < this.#length) return
      const bytes = this.#queue.take(this.#length)
      this.#offset += this.#length
      this.#length = undefined
      if (this.roots) yield this.#block(bytes)
      else this.roots = this.#header(bytes)
    }
  }

  #readLength(): number | undefined {
    if (!this.#varint.isPartial) this.#start = this.#offset
    for (let byte = this.#queue.takeByte(); byte !== undefined; byte = this.#queue.takeByte()) {
      this.#offset += 1
      const length = this.#varint.push(byte)
      if (length !== undefined) return this.#checkLength(length)
    }
    return undefined
  }

  #checkLength(length: number | 'overlong' | 'too large'): number {
    if (length === 'overlong') this.#fail('a length that is not in its shortest form', this.#start)
    if (length === 0) this.#fail('a length of zero', this.#start)
    const max = this.roots ? carSectionBytesMax : carHeaderBytesMax
    if (length === 'too large' || length > max) {
      this.#fail(`a ${this.roots ? 'block' : 'header'} of more than ${max} bytes`, this.#start)
    }
    return length
  }

  #header(bytes: Uint8Array): readonly CID[] {
    const roots = readCarHeader(bytes)
    return typeof roots === 'string' ? this.#fail(roots, this.#start) : roots
  }

  #block(section: Uint8Array): Block {
    const [cid, bytes] = takeCid(section) ?? this.#fail('a block whose name is not a CID', this.#start)
    if (this.#isNamedBy(cid, bytes)) return { cid, bytes }
    throw new StreamError<CarFailure>(
      corruptBlock(cid, `the bytes at byte ${this.#start} of the CAR, of block ${cid},`),
    )
  }

  #fail(problem: string, offset: number): never {
    const message = `not a CAR of version 1: ${problem}, at byte ${offset}`
    throw new StreamError<CarFailure>({ name: 'MalformedCar', message, offset })
  }
}
