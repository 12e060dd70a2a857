import { type NumericArray, type NumericName } from '@ipvm/wit/value'
/** Copies a list of numbers out of guest memory, in one go. Every machine that runs this is little-endian, as Wasm is. */
export declare function copyNumbersOut(
  kind: NumericName,
  memory: Uint8Array,
  pointer: number,
  length: number,
): NumericArray
/** Copies a list of numbers into guest memory, in one go. */
export declare function copyNumbersIn(memory: Uint8Array, pointer: number, list: NumericArray): void
//# sourceMappingURL=numeric.d.ts.map
