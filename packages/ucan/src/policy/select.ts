import { isMap, type Value, type ValueMap } from '@ipvm/ipld'
import { isPromiseMap } from '../promise/promise.ts'
import { policyStepsMax } from '../limits.ts'
import { Budget } from './budget.ts'
import { isList } from './compare.ts'
import type { Segment, Selector } from './selector.ts'

/** Knows the maps and lists in which a promise is open. */
export interface OpenPromises {
  has(value: object): boolean
}

/** What a selector found; `unresolvable` where it leads nowhere, `pending` where it ends in a promise. */
export type Selected = { readonly value: Value } | 'unresolvable' | 'pending'

/**
 * Follows a selector, from left to right. A missing key of a map is null; a segment that cannot be followed gives null
 * where it is optional and ends everything where it is not (UCAN Delegation § Selectors).
 *
 * @param pending the maps and lists in which a promise is still open
 */
export function select(selector: Selector, from: Value, budget: Budget, pending?: OpenPromises): Selected {
  let value = from
  for (const segment of selector) {
    if (pending && isOpen(value, pending) && isPromiseMap(value)) return 'pending'
    const next = budget.spend() ? step(segment, value, budget) : undefined
    if (next === undefined && !segment.optional) return 'unresolvable'
    value = next ?? null
  }
  return pending && isOpen(value, pending) ? 'pending' : { value }
}

function isOpen(value: Value, pending: OpenPromises): boolean {
  return typeof value === 'object' && value !== null && pending.has(value)
}

function step(segment: Segment, value: Value, budget: Budget): Value | undefined {
  switch (segment.kind) {
    case 'field':
      if (!isMap(value)) return undefined
      return Object.hasOwn(value, segment.key) ? value[segment.key] : null
    case 'index':
      return element(value, segment.index)
    case 'slice':
      return slice(value, segment, budget)
    case 'values':
      if (isList(value) || value instanceof Uint8Array) return value
      return isMap(value) ? valuesOf(value, budget) : undefined
  }
}

function element(value: Value, index: number): Value | undefined {
  if (!isList(value) && !(value instanceof Uint8Array)) return undefined
  return value[index < 0 ? value.length + index : index]
}

function slice(value: Value, { from, to }: { from?: number; to?: number }, budget: Budget): Value | undefined {
  if (value instanceof Uint8Array) return value.subarray(from, to)
  if (!isList(value)) return undefined
  return budget.spend(value.length >> 4) ? value.slice(from, to) : undefined
}

const utf8 = new TextEncoder()

/** The values of a map in DAG-CBOR's order of keys, which JavaScript does not keep where a key looks like a number. */
function valuesOf(map: ValueMap, budget: Budget): readonly Value[] | undefined {
  const keys = Object.keys(map)
  if (!budget.spend(keys.length * 8)) return undefined
  const sorted = keys.map(key => ({ key, bytes: utf8.encode(key) })).sort((a, b) => compareBytes(a.bytes, b.bytes))
  return sorted.map(({ key }) => map[key] ?? null)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length
  const i = a.findIndex((byte, at) => byte !== b[at])
  return (a[i] ?? 0) - (b[i] ?? 0)
}

/** What a selector finds in data; undefined where it leads nowhere. */
export function evaluateSelector(selector: Selector, from: Value): Value | undefined {
  const found = select(selector, from, new Budget(policyStepsMax))
  return typeof found === 'object' ? found.value : undefined
}
