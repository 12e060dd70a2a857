import { CID, isMap, setKey, type Value } from '@ipvm/ipld'

/** Which outcome a promise waits for. */
export type Branch = 'ok' | 'error' | '*'

/** The result of a task that is not known yet (UCAN Promise § Await). */
export interface Await<Target = CID> {
  readonly branch: Branch
  readonly target: Target
}

const branches: Readonly<Record<string, Branch>> = { 'await/ok': 'ok', 'await/error': 'error', 'await/*': '*' }
const awaitKeys = Object.keys(branches)

/** A promise as an IPLD value: `{"await/ok": link}`. */
export function awaitValue<T extends Value>({ branch, target }: Await<T>): { readonly [key: string]: T } {
  return { [`await/${branch}`]: target }
}

/** Reads a one-key map `await/…` whose value is a `target`; anything else is just data. */
export function readAwait<T extends Value>(
  value: Value,
  isTarget: (target: Value) => target is T,
): Await<T> | undefined {
  if (!isMap(value)) return undefined
  // Looked for by name: to list the keys of a large map at every turn would be dear.
  const key = awaitKeys.find(name => Object.hasOwn(value, name))
  if (key === undefined || Object.keys(value).length !== 1) return undefined
  const branch = branches[key]
  const target = value[key]
  return branch !== undefined && target !== undefined && isTarget(target) ? { branch, target } : undefined
}

/** Whether a value is a promise of a task: a one-key map `await/…` with a link. */
export function isPromiseMap(value: Value): boolean {
  return readAwait(value, isLink) !== undefined
}

/** Whether a promise's target is a task's name. */
export function isLink(value: Value): value is CID {
  return value instanceof CID
}

/**
 * A copy of `value` in which `replace` has stood in for every promise, wherever it is nested. Only promises to what
 * `isTarget` accepts are seen.
 */
export function mapPromises<T extends Value>(
  value: Value,
  isTarget: (target: Value) => target is T,
  replace: (promise: Await<T>) => Value,
): Value {
  const promise = readAwait(value, isTarget)
  if (promise) return replace(promise)
  if (Array.isArray(value)) {
    const list: readonly Value[] = value
    return list.map(element => mapPromises(element, isTarget, replace))
  }
  if (!isMap(value)) return value
  const map: Record<string, Value> = {}
  for (const [key, inner] of Object.entries(value)) setKey(map, key, mapPromises(inner, isTarget, replace))
  return map
}

/** Every promise in a value, in the order it is read. */
export function promisesIn(value: Value): Await[] {
  const found: Await[] = []
  mapPromises(value, isLink, promise => {
    found.push(promise)
    return null
  })
  return found
}
