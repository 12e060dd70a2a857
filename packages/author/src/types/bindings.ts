import { error, type Result } from '@ipvm/ipld'
import { asksForEffects, named, type FunctionType, type Unprintable, type World, type WorldItem } from '@ipvm/wit'
import type { Docs } from '../docs/docs.ts'
import { comment } from './comment.ts'
import { bindingName, camelCase, isName, propertyKey, type UnnameableExport } from './identifier.ts'
import { Scopes, type Scope } from './scopes.ts'
import { spellType, Unnameable } from './spell.ts'
import { declaredTypes } from './declaration.ts'

/** What bindings are made of. */
export interface BindingsOf {
  readonly world: World
  readonly docs: Docs
  /** The module's file, as it is called: `image.wasm`. */
  readonly file: string
  /** The module's file as the bindings see it, as a relative URL: `./image.wasm`. */
  readonly url: string
  /** The CID of the module's file. */
  readonly cid: string
  /** `module` is a TypeScript module; `declarations` are its types alone, for a `.d.ts`. */
  readonly as: 'module' | 'declarations'
}

/** The first line of what was made here: a file without it is somebody's own, and not overwritten. */
export const madeBy = '// Made by `ipvm types`'

/**
 * Typed TypeScript bindings of a module: an object whose functions make calls for the workflow builder, and the module's types
 * by name (ADR 45). Failures: `UnnameableExport`, `Unprintable`.
 */
export function printBindings(of: BindingsOf): Result<string, UnnameableExport | Unprintable> {
  const name = bindingName(of.file)
  if ('error' in name) return name
  try {
    return named(of.world, names => {
      const scopes = new Scopes(of.world, names)
      const members = scopes.all.flatMap(scope => membersOf(scope, of))
      const types = declaredTypes(scopes, of.docs)
      return `${[...head(of), ...types, ...body(name.ok, members, of.as), ''].join('\n')}`
    })
  } catch (thrown) {
    if (!(thrown instanceof Unnameable)) throw thrown
    const message = `${of.file} has no bindings in TypeScript: ${thrown.problem}; rename it in the module's WIT`
    return error({ name: 'UnnameableExport', message })
  }
}

const own = '@ipvm/author/bindings'

function head({ file, url, cid, as }: BindingsOf): string[] {
  const imports =
    as === 'module'
      ? [
          "import { readFileSync } from 'node:fs'",
          `import type * as wit from ${quoted(own)}`,
          "import { pinnedModule, type WasmCall } from '@ipvm/workflow'",
          '',
          '/** The module, which has to be the one that these types are of. */',
          `const mod = pinnedModule(readFileSync(new URL(${quoted(url)}, import.meta.url)), ${quoted(cid)}, ${quoted(file)})`,
        ]
      : [`import type * as wit from ${quoted(own)}`, "import type { WasmCall } from '@ipvm/workflow'"]
  return [`${madeBy} ${quoted(file)}, which is ${cid}. Do not edit it: make it again.`, ...imports, '']
}

function body(name: string, members: readonly string[], as: BindingsOf['as']): string[] {
  const lines = members.map(line => (line === '' ? '' : `  ${line}`))
  return as === 'module'
    ? [`export const ${name} = {`, ...lines, '}']
    : [`export declare const ${name}: {`, ...lines, '}']
}

/** The functions of a scope; those of an interface under its name. */
function membersOf(scope: Scope, of: BindingsOf): string[] {
  const seen = new Set<string>()
  const lines = scope.exports.flatMap(item => {
    if (item.kind === 'unsupported')
      return `// ${comment.oneLine(item.name)} needs ${item.feature}, which ipvm does not have`
    if (item.kind !== 'function') return []
    const key = functionKey(item.name)
    if (key === undefined) return `// ${comment.oneLine(JSON.stringify(item.name))} has no name in TypeScript`
    if (seen.has(key)) throw new Unnameable(`two functions are both ${key} in TypeScript`)
    seen.add(key)
    const text = of.docs.of({ owner: scope.owner, kind: 'function', name: item.name })
    return [...comment.lines(text), ...functionLines(key, item, scope, of.as)]
  })
  if (scope.key === undefined || lines.length === 0) return lines
  return [`${propertyKey(scope.key)}: {`, ...lines.map(line => `  ${line}`), of.as === 'module' ? '},' : '}']
}

/** A plain core module may call its functions anything. */
function functionKey(name: string): string | undefined {
  if (isName(name)) return camelCase(name)
  return /^[A-Za-z_]\w*$/.test(name) && name !== '__proto__' ? name : undefined
}

function functionLines(
  key: string,
  { name, type }: WorldItem & { kind: 'function' },
  scope: Scope,
  as: BindingsOf['as'],
): string[] {
  const names = paramNames(type)
  const params = type.params.map((param, i) => `${names[i]}: wit.Input<${spellType(param.type, scope.nameOf)}>`)
  const head = `(${params.join(', ')})`
  const gives = `WasmCall<${givenType(type, scope)}>`
  if (as === 'declarations') return [`${propertyKey(key)}${head}: ${gives}`]
  const full = scope.owner === '' ? name : `${scope.owner}#${name}`
  return [`${propertyKey(key)}: ${head}: ${gives} => ({ mod, fun: ${quoted(full)}, params: [${names.join(', ')}] }),`]
}

/** What an awaited result is: the `ok` of a `result`, as the runtime has it; of what asks for effects, the value. */
function givenType({ result }: FunctionType, scope: Scope): string {
  const whole = result?.kind === 'result' ? result.ok : result
  const type = asksForEffects(whole) ? whole.fields.find(({ name }) => name === 'value')?.type : whole
  return type ? spellType(type, scope.nameOf) : 'null'
}

function paramNames({ params }: FunctionType): string[] {
  const names = params.map(({ name }) => {
    if (!isName(name)) throw new Unnameable(`${JSON.stringify(name)} is no name`)
    return camelCase(name)
  })
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name}${i + 1}`))
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
