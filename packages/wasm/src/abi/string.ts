import { listBytesMax } from '../limits.ts'
import type { GuestMemory } from './memory.ts'
import { trap } from './trap.ts'

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16Decoder = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })

/** Set in a length of the encoding latin1+utf16 where the string is UTF-16. */
const utf16Tag = 0x8000_0000

/** Reads a string from guest memory (Canonical ABI § Loading, `load_string_from_range`). */
export function loadString(memory: GuestMemory, pointer: number, tagged: number): string {
  memory.moveRange()
  const isTagged = memory.encoding === 'latin1+utf16' && tagged >= utf16Tag
  const isUtf16 = memory.encoding === 'utf16' || isTagged
  const units = isTagged ? tagged - utf16Tag : tagged
  const size = isUtf16 ? units * 2 : units
  if (size > listBytesMax) trap(`the function returned a string of ${size} bytes, where at most ${listBytesMax} may be`)
  memory.check(pointer, size, memory.encoding === 'utf8' ? 1 : 2, 'the function returned a string of')
  memory.spend(size)
  const bytes = memory.bytes.subarray(pointer, pointer + size)
  if (!isUtf16 && memory.encoding === 'latin1+utf16') return latin1(bytes)
  try {
    return (isUtf16 ? utf16Decoder : utf8Decoder).decode(bytes)
  } catch {
    return trap(`the function returned a string that is not ${isUtf16 ? 'UTF-16' : 'UTF-8'}`)
  }
}

/** TextDecoder's "latin1" is windows-1252, which has other characters at 0x80 to 0x9f; UTF-16 has the same ones. */
function latin1(bytes: Uint8Array): string {
  return utf16Decoder.decode(new Uint16Array(bytes))
}

function fitsLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false
  return true
}

/**
 * Writes a string into guest memory, in one allocation of just its size; gives the pointer and the tagged length
 * (Canonical ABI § Storing, `store_string_into_range`).
 */
export function storeString(memory: GuestMemory, text: string): readonly [pointer: number, length: number] {
  if (memory.encoding === 'utf8') {
    const bytes = utf8Encoder.encode(text)
    const pointer = memory.allocate(1, bytes.length)
    memory.bytes.set(bytes, pointer)
    return [pointer, bytes.length]
  }
  const isLatin1 = memory.encoding === 'latin1+utf16' && fitsLatin1(text)
  const pointer = memory.allocate(2, isLatin1 ? text.length : text.length * 2)
  const view = memory.view
  for (let i = 0; i < text.length; i++) {
    if (isLatin1) view.setUint8(pointer + i, text.charCodeAt(i))
    else view.setUint16(pointer + i * 2, text.charCodeAt(i), true)
  }
  return [pointer, memory.encoding === 'utf16' || isLatin1 ? text.length : text.length + utf16Tag]
}
