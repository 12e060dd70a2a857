import type { StringEncoding } from '@ipvm/wit/component'
import type { WitType } from '@ipvm/wit/type'
import type { Memory } from '../engine.ts'
import { gasPerMovedByte, gasPerRange, gasPerValue } from '../gas/cost.ts'
import { liftedBytesMax, listBytesMax } from '../limits.ts'
import type { HandleTable } from './handle.ts'
import { trap } from './trap.ts'

/** A guest's `realloc`: (old pointer, old size, alignment, new size) → pointer. */
export type Realloc = (old: number, oldSize: number, alignment: number, size: number) => unknown

/** What `canon lift` or `canon lower` says about the guest's side. */
export interface GuestOptions {
  readonly encoding: StringEncoding
  readonly memory: Memory | undefined
  readonly realloc: Realloc | undefined
  /** Charges the guest for what the host moves in or out, units of gas. */
  readonly charge: (units: number) => void
  /** Bytes that may be taken out, where a quota says so. */
  readonly output?: number
  /** Where the handles are that it passes; only functions of the host take and give such. */
  readonly handles?: HandleTable
}

/** More was taken out of a guest than its quota allows. Thrown through its frames, as a trap is. */
export class OutputCrossed extends Error {
  readonly used: number
  readonly limit: number

  constructor(used: number, limit: number) {
    super('the output quota')
    this.used = used
    this.limit = limit
  }
}

/** The type of a handle. */
type HandleType = WitType & { kind: 'own' | 'borrow' }

/** A guest's memory during one call: bounds-checked, and with a budget for what is taken out of it. */
export class GuestMemory {
  readonly encoding: StringEncoding
  readonly #memory: Memory | undefined
  readonly #realloc: Realloc | undefined
  readonly #charge: (units: number) => void
  readonly #output: number
  readonly #handles: HandleTable | undefined
  #view: DataView | undefined
  #bytes: Uint8Array | undefined
  #left = liftedBytesMax

  constructor(options: GuestOptions) {
    this.encoding = options.encoding
    this.#memory = options.memory
    this.#realloc = options.realloc
    this.#charge = options.charge
    // A quota above the cap of the profile is none: past that cap, what happens is a property of the function.
    this.#output = options.output !== undefined && options.output < liftedBytesMax ? options.output : Infinity
    this.#handles = options.handles
  }

  /** A view of the memory as it is now: growing it detaches the buffer, and any call of the guest may grow it. */
  get view(): DataView {
    const buffer = this.#buffer()
    if (this.#view?.buffer !== buffer) this.#view = new DataView(buffer)
    return this.#view
  }

  get bytes(): Uint8Array {
    const buffer = this.#buffer()
    if (this.#bytes?.buffer !== buffer) this.#bytes = new Uint8Array(buffer)
    return this.#bytes
  }

  #buffer(): ArrayBuffer {
    return (this.#memory ?? trap('a value in memory, of a function that names no memory')).buffer
  }

  /** Asks the guest for room, and checks what it answers. */
  allocate(alignment: number, size: number): number {
    if (size > listBytesMax) trap(`an argument of ${size} bytes, where at most ${listBytesMax} can be passed`)
    this.#charge(size * gasPerMovedByte)
    const realloc = this.#realloc ?? trap('a value in memory, of a function that names no realloc')
    const pointer = Number(realloc(0, 0, alignment, size)) >>> 0
    this.check(pointer, size, alignment, 'cabi_realloc returned')
    return pointer
  }

  /** Traps unless `size` aligned bytes at a pointer lie inside the memory. */
  check(pointer: number, size: number, alignment: number, what: string): void {
    if (pointer % alignment !== 0) trap(`${what} the pointer ${pointer}, which is not a multiple of ${alignment}`)
    if (pointer + size > this.#buffer().byteLength) {
      trap(`${what} ${size} bytes at ${pointer}, which is outside its memory`)
    }
  }

  /** Bytes that were taken out of the memory. */
  get taken(): number {
    return liftedBytesMax - this.#left
  }

  /** The host's number for a handle that the guest passes: given away for good, or lent for the call. */
  takeHandle({ kind, resource }: HandleType, index: number): number {
    const handles = this.#handlesOfHost()
    return kind === 'own' ? handles.take(index, resource) : handles.lend(index, resource)
  }

  /** A handle for the guest to own. */
  giveHandle({ resource }: HandleType, rep: number): number {
    return this.#handlesOfHost().add(resource, rep)
  }

  #handlesOfHost(): HandleTable {
    if (this.#handles) return this.#handles
    throw new TypeError('a handle in a call that is not of the host: linking has a bug')
  }

  /** A value is read or written: each part of one is a value as well, but for what a list of numbers holds. */
  moveValue(): void {
    this.#charge(gasPerValue)
  }

  /** A string or list is read or written, beside that it is a value. */
  moveRange(): void {
    this.#charge(gasPerRange)
  }

  /** Counts bytes that are taken out of the memory. */
  spend(bytes: number): void {
    this.#charge(bytes * gasPerMovedByte)
    this.#left -= bytes
    if (this.taken > this.#output) throw new OutputCrossed(this.taken, this.#output)
    if (this.#left < 0) trap(`the function handed over more than ${liftedBytesMax} bytes`)
  }
}
