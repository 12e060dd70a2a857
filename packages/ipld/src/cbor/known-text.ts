/**
 * Texts that were read lately. Tokens say the same few keys, commands and DIDs again and again; to find the string that
 * is there already is a third of the work of making it. Bounded, and told apart by every byte.
 */

const slots = 1024
const bytesMax = 64
const texts = new Array<string>(slots).fill('')

/** The text of these bytes, if it was read lately; ASCII only, whose bytes are its characters. */
export function knownText(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length > bytesMax) return undefined
  const text = texts[slotOf(bytes, start, length)]
  if (text === undefined || text.length !== length) return undefined
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return undefined
  return text
}

/** Remembers a text in place of another. */
export function rememberText(text: string, bytes: Uint8Array, start: number, length: number): void {
  // Of another length than its bytes is what is not ASCII.
  if (length <= bytesMax && text.length === length) texts[slotOf(bytes, start, length)] = text
}

function slotOf(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length
  const first = bytes[start] ?? 0
  const middle = bytes[start + (length >> 1)] ?? 0
  const last = bytes[end - 1] ?? 0
  return (length * 131 + first * 31 + middle * 17 + last * 7 + (bytes[end - 2] ?? 0)) % slots
}
