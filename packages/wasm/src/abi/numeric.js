import { numericArray } from '@ipvm/wit/value'
import { canonical } from './float.js'
/** Copies a list of numbers out of guest memory, in one go. Every machine that runs this is little-endian, as Wasm is. */
export function copyNumbersOut(kind, memory, pointer, length) {
  const list = numericArray(kind, length)
  bytesOf(list).set(memory.subarray(pointer, pointer + list.byteLength))
  if (list instanceof Float32Array || list instanceof Float64Array) {
    for (let i = 0; i < length; i++) list[i] = canonical(list[i] ?? 0)
  }
  return list
}
/** Copies a list of numbers into guest memory, in one go. */
export function copyNumbersIn(memory, pointer, list) {
  memory.set(bytesOf(list), pointer)
}
function bytesOf(list) {
  return new Uint8Array(list.buffer, list.byteOffset, list.byteLength)
}
//# sourceMappingURL=numeric.js.map
