import type { Linkage, WithheldFunction } from '../component/linkage.ts'
import type { FunctionType } from '../type/type.ts'
import { guessedFunctionsMax, guessedNameLengthMax } from '../limits.ts'
import { kebab } from '../value/label.ts'

/** A function that a component offers. */
export interface ExportedFunction {
  /** The exact name: `crop`, or `wasi:foo/bar@0.1.0#baz` for a function inside an interface. */
  readonly name: string
  /** The last part of the name, where no other export ends in it. */
  readonly shortName?: string
  readonly type: FunctionType
}

/** The functions of a component or core module. */
export interface ModuleFunctions {
  readonly functions: readonly ExportedFunction[]
  /** Exported, but not offered. */
  readonly withheld: readonly WithheldFunction[]
}

/** The functions that a component or core module offers, and those that it exports and that cannot be called. */
export function moduleFunctions(linkage: Linkage): ModuleFunctions {
  return { functions: exportedFunctions(linkage), withheld: linkage.withheld }
}

/** The functions that a component offers, with their types, in the order of the binary. */
export function exportedFunctions(linkage: Linkage): ExportedFunction[] {
  const times = new Map<string, number>()
  for (const { name } of linkage.exports) times.set(lastPart(name), (times.get(lastPart(name)) ?? 0) + 1)
  return linkage.exports.flatMap(({ name, lift }) => {
    const type = linkage.lifts[lift]?.type
    const shortName = lastPart(name)
    if (!type) return []
    return times.get(shortName) === 1 && shortName !== name ? [{ name, shortName, type }] : [{ name, type }]
  })
}

/**
 * The function that a person means: by its exact name, by its short name, or by either in camelCase or snake_case.
 * `undefined` where there is none, or where a spelling could mean two.
 */
export function resolveExport(functions: readonly ExportedFunction[], spelling: string): ExportedFunction | undefined {
  const exact = functions.find(({ name }) => name === spelling)
  if (exact) return exact
  const short = functions.find(({ shortName }) => shortName === spelling)
  if (short) return short
  const spelled = kebab(spelling)
  const alike = functions.filter(
    ({ name, shortName }) => kebab(name) === spelled || (shortName !== undefined && kebab(shortName) === spelled),
  )
  return alike.length === 1 ? alike[0] : undefined
}

/**
 * The export whose name is nearest to a spelling, if any is near enough to be what was meant. Comparing takes time in the
 * lengths of both names, which a stranger chooses: of names that nobody would type, none is guessed.
 */
export function nearestExport(functions: readonly ExportedFunction[], spelling: string): string | undefined {
  if (spelling.length > guessedNameLengthMax) return undefined
  const wanted = kebab(lastPart(spelling))
  let nearest: string | undefined
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const { name } of functions.slice(0, guessedFunctionsMax)) {
    if (name.length > guessedNameLengthMax) continue
    const distance = editDistance(kebab(lastPart(name)), wanted)
    if (distance >= least) continue
    least = distance
    nearest = name
  }
  return nearest
}

function lastPart(name: string): string {
  return name.slice(name.indexOf('#') + 1)
}

/** Levenshtein's distance, of names that are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
