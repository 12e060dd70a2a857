import type { StringEncoding } from '@ipvm/wit/component'
import type { WitType } from '@ipvm/wit/type'
import type { Memory } from '../engine.ts'
import type { HandleTable } from './handle.ts'
/** A guest's `realloc`: (old pointer, old size, alignment, new size) → pointer. */
export type Realloc = (old: number, oldSize: number, alignment: number, size: number) => unknown
/** What `canon lift` or `canon lower` says about the guest's side. */
export interface GuestOptions {
  readonly encoding: StringEncoding
  readonly memory: Memory | undefined
  readonly realloc: Realloc | undefined
  /** Charges the guest for bytes that the host moves in or out. */
  readonly charge: (bytes: number) => void
  /** Bytes that may be taken out, where a quota says so. */
  readonly output?: number
  /** Where the handles are that it passes; only functions of the host take and give such. */
  readonly handles?: HandleTable
}
/** More was taken out of a guest than its quota allows. Thrown through its frames, as a trap is. */
export declare class OutputCrossed extends Error {
  readonly used: number
  readonly limit: number
  constructor(used: number, limit: number)
}
/** The type of a handle. */
type HandleType = WitType & {
  kind: 'own' | 'borrow'
}
/** A guest's memory during one call: bounds-checked, and with a budget for what is taken out of it. */
export declare class GuestMemory {
  #private
  readonly encoding: StringEncoding
  constructor(options: GuestOptions)
  /** A view of the memory as it is now: growing it detaches the buffer, and any call of the guest may grow it. */
  get view(): DataView
  get bytes(): Uint8Array
  /** Asks the guest for room, and checks what it answers. */
  allocate(alignment: number, size: number): number
  /** Traps unless `size` aligned bytes at a pointer lie inside the memory. */
  check(pointer: number, size: number, alignment: number, what: string): void
  /** Bytes that were taken out of the memory. */
  get taken(): number
  /** The host's number for a handle that the guest passes: given away for good, or lent for the call. */
  takeHandle({ kind, resource }: HandleType, index: number): number
  /** A handle for the guest to own. */
  giveHandle({ resource }: HandleType, rep: number): number
  /** Counts bytes that are taken out of the memory. */
  spend(bytes: number): void
}
export {}
//# sourceMappingURL=memory.d.ts.map
