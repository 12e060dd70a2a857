/**
 * What each engine says of each trap, and what we say: a receipt must read the same whoever ran the task. Where one
 * engine has one text for what another tells apart, we have one, too. The first that fits counts.
 */
const traps = [
  [/unreachable/i, 'the guest gave up (unreachable)'],
  [/by zero/i, 'integer divide by zero'],
  [/unrepresentable|integer overflow|invalid conversion|trunc/i, 'a number that its integer type cannot hold'],
  [/signature|null/i, 'an indirect call of no function or of another type'],
  [/bounds/i, 'an access out of the bounds of its memory or table'],
]
/** An engine's trap in plain words, the same for every engine. */
export function trapName(said) {
  return traps.find(([pattern]) => pattern.test(said))?.[1] ?? 'the guest trapped'
}
//# sourceMappingURL=trap-name.js.map
