import type { FunctionType, WitType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import type { HostFunction, HostInterface, HostState } from './host.ts'

/** Words to write WIT types with, in the order in which WIT has them. */
export const bool: WitType = { kind: 'bool' }
export const u8: WitType = { kind: 'u8' }
export const u32: WitType = { kind: 'u32' }
export const u64: WitType = { kind: 'u64' }
export const string: WitType = { kind: 'string' }
export const bytes: WitType = { kind: 'list', type: u8 }

export function list(type: WitType): WitType {
  return { kind: 'list', type }
}

export function option(type: WitType): WitType {
  return { kind: 'option', type }
}

export function tuple(...types: readonly WitType[]): WitType {
  return { kind: 'tuple', types }
}

export function result(ok?: WitType, error?: WitType): WitType {
  return { kind: 'result', ...(ok && { ok }), ...(error && { error }) }
}

export function record(fields: Readonly<Record<string, WitType>>): WitType {
  return { kind: 'record', fields: entries(fields) }
}

/** Cases by name; `undefined` for one that carries nothing. */
export function variant(cases: Readonly<Record<string, WitType | undefined>>): WitType {
  return { kind: 'variant', cases: Object.entries(cases).map(([name, type]) => (type ? { name, type } : { name })) }
}

/** Names separated by spaces. */
export function enumOf(names: string): WitType {
  return { kind: 'enum', names: names.split(' ') }
}

/** Names separated by spaces. */
export function flagsOf(names: string): WitType {
  return { kind: 'flags', names: names.split(' ') }
}

export function own(resource: string): WitType {
  return { kind: 'own', resource }
}

export function borrow(resource: string): WitType {
  return { kind: 'borrow', resource }
}

export function func(params: Readonly<Record<string, WitType>>, returns?: WitType): FunctionType {
  return { params: entries(params), ...(returns && { result: returns }) }
}

function entries(named: Readonly<Record<string, WitType>>): { readonly name: string; readonly type: WitType }[] {
  return Object.entries(named).map(([name, type]) => ({ name, type }))
}

/** An interface out of its functions: the type of each, and what it does. */
export function interfaceOf(
  functions: Readonly<Record<string, readonly [type: FunctionType, run: HostFunction['run']]>>,
): HostInterface {
  return new Map(Object.entries(functions).map(([name, [type, run]]) => [name, { type, run }]))
}

/** The values `ok(value)` and `error(value)` of a WIT `result`. */
export const okOf = (value?: WitValue): WitValue => (value === undefined ? { case: 0 } : { case: 0, value })
export const errorOf = (value: WitValue): WitValue => ({ case: 1, value })
export const none: WitValue = { case: 0 }

/** A function that takes a handle which nobody has: a guest traps on the handle before it gets here. */
export function unreachable(_state: HostState): never {
  throw new TypeError('a host function was called with a handle that no function gives: handles have a bug')
}
