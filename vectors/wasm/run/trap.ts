import type { Ending } from '../instantiate.ts'

/** What the specification's tests call a trap, and how profile 1 names it (`trap-name.ts` of `packages/wasm`). */
const names: readonly (readonly [said: RegExp, name: string])[] = [
  [/^unreachable/, 'the guest gave up (unreachable)'],
  [/^integer divide by zero/, 'integer divide by zero'],
  [/^(integer overflow|invalid conversion to integer)/, 'a number that its integer type cannot hold'],
  [/^(out of bounds (memory|table) access|undefined)/, 'an access out of the bounds of its memory or table'],
  [/^(uninitialized|indirect call type mismatch)/, 'an indirect call of no function or of another type'],
]

/** Whether a trap is the one that the script expects. */
export function isTrap(ending: Ending, text: string): boolean {
  return ending.kind === 'trap' && names.some(([said, name]) => said.test(text) && name === ending.name)
}

/** An ending in words, for a report. */
export function printEnding(ending: Ending): string {
  if (ending.kind === 'trap') return `trap: ${ending.name}`
  return ending.kind === 'unlinkable' ? `unlinkable: ${ending.message}` : ending.kind
}
