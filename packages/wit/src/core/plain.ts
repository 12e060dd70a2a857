import type {
  ComponentImport,
  ExportedLift,
  ImportedFunction,
  Lift,
  Linkage,
  WithheldFunction,
} from '../component/linkage.ts'
import type { FunctionType, WitType } from '../type/type.ts'
import type { CoreFunctionType, CoreOutline, CoreTypeName } from './outline.ts'

/** The function that sets a module up, by convention of tools; it is called once, and not offered. */
const initializeName = '_initialize'

/** Core numbers as WIT types. Whether 32 bits are meant as signed, the module does not say. */
const witTypes: ReadonlyMap<CoreTypeName, WitType> = new Map([
  ['i32', { kind: 's32' }],
  ['i64', { kind: 's64' }],
  ['f32', { kind: 'f32' }],
  ['f64', { kind: 'f64' }],
])

/**
 * Links a core module that says nothing of WIT: its exported functions of numbers are offered as they are, parameters
 * named `p0`, `p1` …; others are withheld. All its imports are missing: nothing says what they mean.
 */
export function linkPlain(outline: CoreOutline, end: number): Linkage {
  const lifts: Lift[] = []
  const exports: ExportedLift[] = []
  const withheld: WithheldFunction[] = []
  const setsUp = isSetUp(outline.functions.get(initializeName))
  for (const [name, core] of outline.functions) {
    if (setsUp && name === initializeName) continue
    const type = numericType(core)
    if (!type) {
      withheld.push({
        name,
        reason: `has the type ${print(core)}, and only numbers can be passed, and one be returned`,
      })
      continue
    }
    const item = { sort: 'core func', instance: 0, name } as const
    exports.push({ name, lift: lifts.push({ type, core: item, options: { encoding: 'utf8' }, component: 0 }) - 1 })
  }
  return {
    modules: [{ start: 0, end }],
    instances: [{ module: 0, args: [], ...(setsUp && { initialize: initializeName }) }],
    lifts,
    lowers: [],
    exports,
    imports: missingImports(outline),
    withheld,
    unsupported: [],
  }
}

function isSetUp(type: CoreFunctionType | undefined): boolean {
  return type !== undefined && type.params.length === 0 && type.results.length === 0
}

function numericType({ params, results }: CoreFunctionType): FunctionType | undefined {
  const fields = params.map((param, i) => ({ name: `p${i}`, type: witTypes.get(param) }))
  const types = [...fields.map(field => field.type), ...results.map(result => witTypes.get(result))]
  if (results.length > 1 || !types.every(type => type !== undefined)) return undefined
  const result = results[0] && witTypes.get(results[0])
  const typed = fields.flatMap(({ name, type }) => (type ? [{ name, type }] : []))
  return result ? { params: typed, result } : { params: typed }
}

function print({ params, results }: CoreFunctionType): string {
  return `(${params.join(', ')}) -> (${results.join(', ')})`
}

function missingImports(outline: CoreOutline): ComponentImport[] {
  const missing = new Map<string, { readonly name: string; readonly functions: ImportedFunction[] }>()
  for (const { module, name, sort } of outline.imports) {
    const key = sort === 'func' ? module : `the ${sort} ${module} ${name}`
    const known = missing.get(key) ?? { name: key, functions: [] }
    missing.set(key, known)
    if (sort === 'func') known.functions.push({ name })
  }
  return [...missing.values()]
}
