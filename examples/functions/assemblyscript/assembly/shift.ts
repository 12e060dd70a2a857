import { cabi_realloc, give, text } from './guest'
export { cabi_realloc }

function moved(letter: i32, by: i32): i32 {
  const first = letter >= 97 && letter <= 122 ? 97 : letter >= 65 && letter <= 90 ? 65 : 0
  return first === 0 ? letter : first + ((letter - first + (by % 26) + 26) % 26)
}

/** `shift` in shift.wit. */
export function shift(bytes: usize, length: usize, by: i32): usize {
  const letters = text(bytes, length)
  const made = new Array<i32>(letters.length)
  for (let i = 0; i < letters.length; i++) made[i] = moved(letters.charCodeAt(i), by)
  return give(String.fromCharCodes(made))
}
