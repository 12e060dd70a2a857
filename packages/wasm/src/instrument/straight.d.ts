import type { ByteReader } from '@ipvm/wit/component'
/**
 * The instructions of one byte that go on with the next one and are taken over as they are, by their opcodes: nine in ten
 * of all code. What the rewriter needs to know of them lies in arrays of bytes, which are read faster than objects.
 */
export declare const straight: {
  /** How its immediate is stepped over; 0 for all that are not straight. */
  form: Uint8Array<ArrayBuffer>
  pops: Uint8Array<ArrayBuffer>
  pushes: Uint8Array<ArrayBuffer>
  cost: Uint8Array<ArrayBuffer>
}
/** Steps over the immediate of a straight instruction. */
export declare function skipStraight(reader: ByteReader, form: number): void
//# sourceMappingURL=straight.d.ts.map
