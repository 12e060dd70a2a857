/**
 * The guest broke a rule of the canonical ABI, as an engine's trap is a broken rule of core WebAssembly. It is thrown
 * through the guest's own frames, which cannot catch it: exceptions are not in the profile.
 */
export class GuestTrap extends Error {
  name = 'GuestTrap'
}
/** Ends the call as a trap with this reason. */
export function trap(reason) {
  throw new GuestTrap(reason)
}
//# sourceMappingURL=trap.js.map
