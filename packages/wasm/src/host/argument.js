/** A `u64` argument. */
export function bigintAt(args, index) {
  const value = args[index]
  return typeof value === 'bigint' ? value : broken(index)
}
/** A number, the index of an enum case, or a handle. */
export function numberAt(args, index) {
  const value = args[index]
  return typeof value === 'number' ? value : broken(index)
}
/** A `string` argument. */
export function textAt(args, index) {
  const value = args[index]
  return typeof value === 'string' ? value : broken(index)
}
/** A `list<u8>` argument. */
export function bytesAt(args, index) {
  const value = args[index]
  return value instanceof Uint8Array ? value : broken(index)
}
/** Arguments are lifted by the type that the host function has; their types were compared before. */
function broken(index) {
  throw new TypeError(`argument ${index} of a host function is not of its type: comparing types has a bug`)
}
//# sourceMappingURL=argument.js.map
