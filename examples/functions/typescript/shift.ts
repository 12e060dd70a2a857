import type { s32 } from '@ipvm/author/types'

/**
 * Moves every letter of the Latin alphabet `by` places along it, and from its end to its beginning; 26 places change
 * nothing. What is no such letter stays.
 */
export function shift(text: string, by: s32): string {
  return text.replace(/[a-z]/gi, letter => {
    const first = letter <= 'Z' ? 65 : 97
    const place = letter.charCodeAt(0) - first + (by % 26) + 26
    return String.fromCharCode(first + (place % 26))
  })
}
