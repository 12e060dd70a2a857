/** What each engine says of each trap, and what we say: a receipt must read the same whoever ran the task. */
const traps: readonly (readonly [said: RegExp, name: string])[] = [
  [/unreachable/i, 'the guest gave up (unreachable)'],
  [/(divide|remainder|division) by zero/i, 'integer divide by zero'],
  [/divide result unrepresentable|integer overflow/i, 'integer overflow'],
  [/float unrepresentable|invalid conversion|out of bounds trunc/i, 'invalid conversion of a float to an integer'],
  [/memory access|data segment|memory\.init|memory\.copy|memory\.fill/i, 'out of bounds memory access'],
  [/signature|null entry|indirect call to null|null function/i, 'an indirect call of no function or of another type'],
  [/table|element segment|elem|call_indirect/i, 'out of bounds table access'],
  [/null/i, 'a null reference'],
]

/** An engine's trap in plain words, the same for every engine. */
export function trapName(said: string): string {
  return traps.find(([pattern]) => pattern.test(said))?.[1] ?? 'the guest trapped'
}
