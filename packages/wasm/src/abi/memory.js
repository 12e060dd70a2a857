import { liftedBytesMax, listBytesMax } from '../limits.js'
import { trap } from './trap.js'
/** More was taken out of a guest than its quota allows. Thrown through its frames, as a trap is. */
export class OutputCrossed extends Error {
  used
  limit
  constructor(used, limit) {
    super('the output quota')
    this.used = used
    this.limit = limit
  }
}
/** A guest's memory during one call: bounds-checked, and with a budget for what is taken out of it. */
export class GuestMemory {
  encoding
  #memory
  #realloc
  #charge
  #output
  #handles
  #view
  #bytes
  #left = liftedBytesMax
  constructor(options) {
    this.encoding = options.encoding
    this.#memory = options.memory
    this.#realloc = options.realloc
    this.#charge = options.charge
    // A quota above the cap of the profile is none: past that cap, what happens is a property of the function.
    this.#output = options.output !== undefined && options.output < liftedBytesMax ? options.output : Infinity
    this.#handles = options.handles
  }
  /** A view of the memory as it is now: growing it detaches the buffer, and any call of the guest may grow it. */
  get view() {
    const buffer = this.#buffer()
    if (this.#view?.buffer !== buffer) this.#view = new DataView(buffer)
    return this.#view
  }
  get bytes() {
    const buffer = this.#buffer()
    if (this.#bytes?.buffer !== buffer) this.#bytes = new Uint8Array(buffer)
    return this.#bytes
  }
  #buffer() {
    return (this.#memory ?? trap('a value in memory, of a function that names no memory')).buffer
  }
  /** Asks the guest for room, and checks what it answers. */
  allocate(alignment, size) {
    if (size > listBytesMax) trap(`an argument of ${size} bytes, where at most ${listBytesMax} can be passed`)
    this.#charge(size)
    const realloc = this.#realloc ?? trap('a value in memory, of a function that names no realloc')
    const pointer = Number(realloc(0, 0, alignment, size)) >>> 0
    this.check(pointer, size, alignment, 'cabi_realloc returned')
    return pointer
  }
  /** Traps unless `size` aligned bytes at a pointer lie inside the memory. */
  check(pointer, size, alignment, what) {
    if (pointer % alignment !== 0) trap(`${what} the pointer ${pointer}, which is not a multiple of ${alignment}`)
    if (pointer + size > this.#buffer().byteLength) {
      trap(`${what} ${size} bytes at ${pointer}, which is outside its memory`)
    }
  }
  /** Bytes that were taken out of the memory. */
  get taken() {
    return liftedBytesMax - this.#left
  }
  /** The host's number for a handle that the guest passes: given away for good, or lent for the call. */
  takeHandle({ kind, resource }, index) {
    const handles = this.#handlesOfHost()
    return kind === 'own' ? handles.take(index, resource) : handles.lend(index, resource)
  }
  /** A handle for the guest to own. */
  giveHandle({ resource }, rep) {
    return this.#handlesOfHost().add(resource, rep)
  }
  #handlesOfHost() {
    if (this.#handles) return this.#handles
    throw new TypeError('a handle in a call that is not of the host: linking has a bug')
  }
  /** Counts bytes that are taken out of the memory. */
  spend(bytes) {
    this.#charge(bytes)
    this.#left -= bytes
    if (this.taken > this.#output) throw new OutputCrossed(this.taken, this.#output)
    if (this.#left < 0) trap(`the function handed over more than ${liftedBytesMax} bytes`)
  }
}
//# sourceMappingURL=memory.js.map
