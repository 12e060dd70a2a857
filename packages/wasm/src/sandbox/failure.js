/** Failures that are properties of the function: the same on every machine, so receipts of them are kept. */
export function isPermanent(failure) {
  return failure.name === 'GuestError' || failure.name === 'Trap' || failure.name === 'Unrepresentable'
}
//# sourceMappingURL=failure.js.map
