import { numericArray, type NumericArray, type NumericName } from '@ipvm/wit/value'
import { canonical } from './float.ts'

/** Copies a list of numbers out of guest memory, in one go. Every machine that runs this is little-endian, as Wasm is. */
export function copyNumbersOut(kind: NumericName, memory: Uint8Array, pointer: number, length: number): NumericArray {
  const list = numericArray(kind, length)
  bytesOf(list).set(memory.subarray(pointer, pointer + list.byteLength))
  if (list instanceof Float32Array || list instanceof Float64Array) {
    for (let i = 0; i < length; i++) list[i] = canonical(list[i] ?? 0)
  }
  return list
}

/** Copies a list of numbers into guest memory, in one go. */
export function copyNumbersIn(memory: Uint8Array, pointer: number, list: NumericArray): void {
  memory.set(bytesOf(list), pointer)
}

function bytesOf(list: NumericArray): Uint8Array {
  return new Uint8Array(list.buffer, list.byteOffset, list.byteLength)
}
