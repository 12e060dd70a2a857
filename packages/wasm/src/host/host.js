/** The state of a run that has not begun. */
export function hostState(context) {
  const { seed, log } = context
  return { seed, log, charge: units => context.charge(units), streams: new Map() }
}
/** Gas for handling `bytes` bytes: one unit for each eight, as bulk operations of a guest cost. */
export function chargeBytes(state, bytes) {
  state.charge(Math.ceil(bytes / 8))
}
//# sourceMappingURL=host.js.map
