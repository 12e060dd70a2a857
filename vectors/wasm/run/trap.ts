import type { Ending } from '../instantiate.ts'

/** Engines do not tell a float that is too large from one that is no number, so profile 1 has one name for both. */
const conversion = 'invalid conversion of a float to an integer'

/** What the specification's tests call a trap, and how profile 1 names it (`trap-name.ts` of `packages/wasm`). */
const names: readonly (readonly [said: RegExp, name: string])[] = [
  [/^unreachable/, 'the guest gave up (unreachable)'],
  [/^integer divide by zero/, 'integer divide by zero'],
  [/^integer overflow/, 'integer overflow'],
  [/^invalid conversion to integer/, conversion],
  [/^out of bounds memory access/, 'out of bounds memory access'],
  [/^(out of bounds table access|undefined)/, 'out of bounds table access'],
  [/^(uninitialized|indirect call type mismatch)/, 'an indirect call of no function or of another type'],
]

/** Whether a trap is the one that the script expects of the function `field`, or of a start. */
export function isTrap(ending: Ending, text: string, field = ''): boolean {
  if (ending.kind !== 'trap') return false
  if (text.startsWith('integer overflow') && field.includes('trunc')) return ending.name === conversion
  return names.some(([said, name]) => said.test(text) && name === ending.name)
}

/** An ending in words, for a report. */
export function printEnding(ending: Ending): string {
  if (ending.kind === 'trap') return `trap: ${ending.name}`
  return ending.kind === 'unlinkable' ? `unlinkable: ${ending.message}` : ending.kind
}
