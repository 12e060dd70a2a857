import { CID, isMap, setKey, type Value, type ValueMap } from '@ipvm/ipld'

/** Which outcome a promise waits for. */
export type Branch = 'ok' | 'error' | '*'

/** The result of a task that is not known yet (UCAN Promise § Await). */
export interface Await<Target = CID> {
  readonly branch: Branch
  readonly target: Target
}

/** A promise as an IPLD value: `{"await/ok": link}`. */
export function awaitValue<T extends Value>({ branch, target }: Await<T>): { readonly [key: string]: T } {
  switch (branch) {
    case 'ok':
      return { 'await/ok': target }
    case 'error':
      return { 'await/error': target }
    case '*':
      return { 'await/*': target }
  }
}

/** Reads a one-key map `await/…` whose value is a `target`; anything else is just data. */
export function readAwait<T extends Value>(
  value: Value,
  isTarget: (target: Value) => target is T,
): Await<T> | undefined {
  return isMap(value) ? awaitOf(value, isTarget) : undefined
}

function awaitOf<T extends Value>(map: ValueMap, isTarget: (target: Value) => target is T): Await<T> | undefined {
  // Looked for by name: to list the keys of a large map at every turn would be dear.
  const branch = branchOf(map)
  if (branch === undefined || Object.keys(map).length !== 1) return undefined
  const target = map[`await/${branch}`]
  return target !== undefined && isTarget(target) ? { branch, target } : undefined
}

function branchOf(map: ValueMap): Branch | undefined {
  if (Object.hasOwn(map, 'await/ok')) return 'ok'
  if (Object.hasOwn(map, 'await/error')) return 'error'
  return Object.hasOwn(map, 'await/*') ? '*' : undefined
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
  if (Array.isArray(value)) {
    const list: readonly Value[] = value
    return list.map(element => mapPromises(element, isTarget, replace))
  }
  if (!isMap(value)) return value
  const promise = awaitOf(value, isTarget)
  if (promise) return replace(promise)
  const map: Record<string, Value> = {}
  for (const [key, inner] of Object.entries(value)) setKey(map, key, mapPromises(inner, isTarget, replace))
  return map
}

/** Every promise in a value, in the order it is read. */
export function promisesIn(value: Value): Await[] {
  const found: Await[] = []
  eachPromise(value, isLink, promise => found.push(promise))
  return found
}

/** Tells of every promise in a value, in the order it is read. Only promises to what `isTarget` accepts are seen. */
export function eachPromise<T extends Value>(
  value: Value,
  isTarget: (target: Value) => target is T,
  tell: (promise: Await<T>) => void,
): void {
  if (Array.isArray(value)) {
    const list: readonly Value[] = value
    for (const element of list) eachPromise(element, isTarget, tell)
  } else if (isMap(value)) {
    const promise = awaitOf(value, isTarget)
    if (promise) tell(promise)
    else for (const inner of Object.values(value)) eachPromise(inner, isTarget, tell)
  }
}
