import { isCase, isNumericArray, isSequence, type NumericArray, type WitValue } from '@ipvm/wit/value'
import { movedBytesMin } from '../limits.ts'

/** The buffers of a value that are worth moving to another thread. The value must own them whole. */
export function buffersOf(value: WitValue, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (typeof value !== 'object') return found
  if (isNumericArray(value)) {
    const { buffer } = value
    if (buffer instanceof ArrayBuffer && buffer.byteLength >= movedBytesMin) found.push(buffer)
  } else if (isSequence(value)) for (const part of value) buffersOf(part, found)
  else if (value.value !== undefined) buffersOf(value.value, found)
  return found
}

/**
 * The same value with byte strings of its own: big ones so that they can be moved, and views into something larger
 * because structured clone copies all that they are a view of.
 */
export function owned(value: WitValue): WitValue {
  if (typeof value !== 'object') return value
  if (isNumericArray(value)) return isWholeAndSmall(value) ? value : copyOf(value)
  if (isSequence(value)) return value.map(owned)
  return isCase(value) && value.value !== undefined ? { case: value.case, value: owned(value.value) } : value
}

function isWholeAndSmall(list: NumericArray): boolean {
  return list.byteLength === list.buffer.byteLength && list.byteLength < movedBytesMin
}

/** A Buffer's own `slice` is no copy: what a caller still holds would be moved away. */
function copyOf(list: NumericArray): NumericArray {
  return list instanceof Uint8Array ? new Uint8Array(list) : list.slice()
}

/** The same bytes in a buffer of their own, which can be moved away. */
export function moved(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
