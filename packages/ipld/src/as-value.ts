import { CID } from 'multiformats/cid'
import { depthMax } from './limits.ts'
import { error, ok, type Failure, type Result } from './result.ts'
import { Float, isMap, type Value } from './value.ts'

/** Something has no place in the IPLD data model, or nests too deep; `path` is where, such as `.args.mod`. */
export interface NotAValue extends Failure {
  readonly name: 'NotAValue'
  readonly path: string
}

/**
 * What a program made, as an IPLD value, when it is one all the way down: values of this package's types are checked
 * by the compiler, those of a stranger's module are not.
 *
 * @param deepest how deep it may nest; less than the format's limit where it is to stand inside something else
 */
export function asValue(candidate: unknown, deepest: number = depthMax): Result<Value, NotAValue> {
  if (isValue(candidate, deepest)) return ok(candidate)
  // Where it is wrong is looked for only then: nearly all that comes here is right, and paths are dear.
  const problem = problemIn(candidate, '', deepest)
  return problem ? error(problem) : ok(candidate as Value)
}

/** The same question as `problemIn` answers, as far as most values have it. */
function isValue(candidate: unknown, deepest: number): candidate is Value {
  if (typeof candidate === 'string') return candidate.isWellFormed()
  if (typeof candidate === 'number') return Number.isFinite(candidate)
  if (candidate === null || typeof candidate === 'boolean') return true
  if (deepest <= 0) return false
  if (Array.isArray(candidate)) {
    for (let i = 0; i < candidate.length; i++) if (!isValue(candidate[i], deepest - 1)) return false
    return true
  }
  if (!isMap(candidate))
    return candidate instanceof CID || candidate instanceof Uint8Array || candidate instanceof Float
  for (const key of Object.keys(candidate)) {
    if (!key.isWellFormed() || !isValue(candidate[key], deepest - 1)) return false
  }
  return true
}

function problemIn(candidate: unknown, path: string, deepest: number): NotAValue | undefined {
  if (deepest < 0) return notAValue(path.slice(0, 60), 'nests too deep, or holds itself')
  if (candidate === null || typeof candidate === 'boolean' || candidate instanceof Float) return undefined
  if (candidate instanceof Uint8Array || candidate instanceof CID) return undefined
  if (typeof candidate === 'string')
    return candidate.isWellFormed() ? undefined : notAValue(path, 'is not Unicode text')
  if (typeof candidate === 'number') return Number.isFinite(candidate) ? undefined : notAValue(path, `is ${candidate}`)
  if (typeof candidate === 'bigint') {
    return candidate === BigInt.asUintN(64, candidate) || -1n - candidate === BigInt.asUintN(64, -1n - candidate)
      ? undefined
      : notAValue(path, 'is an integer of more than 64 bits')
  }
  if (Array.isArray(candidate)) return problemInList(candidate, path, deepest)
  if (isMap(candidate)) return problemInMap(candidate, path, deepest)
  if (candidate instanceof Promise) return notAValue(path, 'is a Promise; await it')
  return notAValue(path, `is ${candidate === undefined ? 'undefined' : kindOf(candidate)}, which is no IPLD value`)
}

function problemInList(list: readonly unknown[], path: string, deepest: number): NotAValue | undefined {
  for (let i = 0; i < list.length; i++) {
    const problem = problemIn(list[i], `${path}[${i}]`, deepest - 1)
    if (problem) return problem
  }
  return undefined
}

function problemInMap(map: Readonly<Record<string, unknown>>, path: string, deepest: number): NotAValue | undefined {
  for (const [key, inner] of Object.entries(map)) {
    const problem = key.isWellFormed()
      ? problemIn(inner, `${path}.${key}`, deepest - 1)
      : notAValue(path, 'has a key that is not Unicode text')
    if (problem) return problem
  }
  return undefined
}

function kindOf(candidate: unknown): string {
  if (typeof candidate !== 'object' || candidate === null) return `a ${typeof candidate}`
  return `a ${candidate.constructor?.name ?? 'object'}`
}

function notAValue(path: string, problem: string): NotAValue {
  return { name: 'NotAValue', message: `${path === '' ? 'it' : path.replace(/^\./, '')} ${problem}`, path }
}
