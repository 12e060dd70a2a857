/** Words to write WIT types with, in the order in which WIT has them. */
export const bool = { kind: 'bool' }
export const u8 = { kind: 'u8' }
export const u32 = { kind: 'u32' }
export const u64 = { kind: 'u64' }
export const string = { kind: 'string' }
export const bytes = { kind: 'list', type: u8 }
export function list(type) {
  return { kind: 'list', type }
}
export function option(type) {
  return { kind: 'option', type }
}
export function tuple(...types) {
  return { kind: 'tuple', types }
}
export function result(ok, error) {
  return { kind: 'result', ...(ok && { ok }), ...(error && { error }) }
}
export function record(fields) {
  return { kind: 'record', fields: entries(fields) }
}
/** Cases by name; `undefined` for one that carries nothing. */
export function variant(cases) {
  return { kind: 'variant', cases: Object.entries(cases).map(([name, type]) => (type ? { name, type } : { name })) }
}
/** Names separated by spaces. */
export function enumOf(names) {
  return { kind: 'enum', names: names.split(' ') }
}
/** Names separated by spaces. */
export function flagsOf(names) {
  return { kind: 'flags', names: names.split(' ') }
}
export function own(resource) {
  return { kind: 'own', resource }
}
export function borrow(resource) {
  return { kind: 'borrow', resource }
}
export function func(params, returns) {
  return { params: entries(params), ...(returns && { result: returns }) }
}
function entries(named) {
  return Object.entries(named).map(([name, type]) => ({ name, type }))
}
/** An interface out of its functions: the type of each, and what it does. */
export function interfaceOf(functions) {
  return new Map(Object.entries(functions).map(([name, [type, run]]) => [name, { type, run }]))
}
/** The values `ok(value)` and `error(value)` of a WIT `result`. */
export const okOf = value => (value === undefined ? { case: 0 } : { case: 0, value })
export const errorOf = value => ({ case: 1, value })
export const none = { case: 0 }
/** A function that takes a handle which nobody has: a guest traps on the handle before it gets here. */
export function unreachable(_state) {
  throw new TypeError('a host function was called with a handle that no function gives: handles have a bug')
}
//# sourceMappingURL=type.js.map
