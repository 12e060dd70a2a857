import {
  SignatureKind,
  SymbolFlags,
  type Signature,
  type Symbol as TypeSymbol,
  type Type,
} from 'typescript/unstable/sync'
import { failureOf, type BuildFailure, type Problem } from '../build/failure.ts'
import { labelOf, unspellable } from '../wit/label.ts'
import type { FunctionShape, Labelled, Shape, WorldShape } from '../wit/shape.ts'
import type { Place } from './place.ts'
import { commentOf } from './name.ts'
import { Inexpressible, Shapes } from './shapes.ts'
import type { CheckedFile } from './typescript.ts'

/** The functions that a file exports, and what of its exports is left out. */
export interface Exports {
  readonly world: WorldShape
  /** Sentences for the author: exports that are no functions. */
  readonly notes: readonly string[]
}

/**
 * Derives the world of a checked file. What WIT cannot express is refused: every place is listed, each with what to write
 * instead.
 */
export function exportsOf(file: CheckedFile): { readonly ok: Exports } | { readonly error: BuildFailure } {
  const module = file.checker.getSymbolAtLocation(file.source)
  const exported = module ? file.checker.getExportsOfModule(module) : []
  const shapes = new Shapes(file.checker)
  const functions: FunctionShape[] = []
  const notes: string[] = []
  const problems: Problem[] = []
  for (const symbol of exported) {
    const target = symbol.flags & SymbolFlags.Alias ? file.checker.getAliasedSymbol(symbol) : symbol
    if ((target.flags & SymbolFlags.Value) === 0) continue
    const type = file.checker.getTypeOfSymbol(target)
    const signatures = type ? file.checker.getSignaturesOfType(type, SignatureKind.Call) : []
    if (signatures.length === 0) notes.push(`"${symbol.name}" is no function and is left out`)
    else functions.push(...derive({ file, shapes, name: symbol.name, target }, signatures, problems))
  }
  problems.push(...clashes(functions))
  if (problems.length === 0 && functions.length === 0) {
    problems.push({ message: `${file.placeOf(file.source, 0).file} exports no function; write "export function …"` })
  }
  return problems.length > 0
    ? { error: failureOf('NotExpressible', problems) }
    : { ok: { world: { functions, types: shapes.types }, notes } }
}

interface Exported {
  readonly file: CheckedFile
  readonly shapes: Shapes
  readonly name: string
  readonly target: TypeSymbol
}

/** One function, or its problems. */
function derive(exported: Exported, signatures: readonly Signature[], problems: Problem[]): FunctionShape[] {
  const { file, name, target } = exported
  const placed = <T>(symbol: TypeSymbol, work: () => T): T | undefined => {
    try {
      return work()
    } catch (thrown) {
      if (!(thrown instanceof Inexpressible)) throw thrown
      problems.push({ ...placeOf(file, symbol), message: thrown.message })
      return undefined
    }
  }
  const refusal = whyNoFunction(name, signatures)
  const [signature] = signatures
  if (refusal !== undefined || !signature) {
    problems.push({ ...placeOf(file, target), message: refusal ?? `"${name}" cannot be called` })
    return []
  }
  const before = problems.length
  const params = signature.getParameters().map(param => placed(param, () => paramOf(exported, param)))
  const result = placed(target, () => resultOf(exported, signature))
  if (problems.length > before) return []
  return [{ ...labelled(name, docsOf(exported)), params: params.filter(param => param !== undefined), result }]
}

function whyNoFunction(name: string, signatures: readonly Signature[]): string | undefined {
  const [signature] = signatures
  if (name === 'default') return 'a default export has no name: give it one, export function crop(…)'
  if (labelOf(name) === undefined) return unspellable(name)
  if (signatures.length > 1)
    return `"${name}" is overloaded, and WIT has one type for a name: give each overload its own`
  if (signature?.getTypeParameters().length) return `"${name}" is generic, which WIT cannot express: name the type`
  if (signature?.hasRestParameter)
    return `"${name}" takes any number of arguments, which WIT cannot express: take an array`
  return undefined
}

function paramOf({ file, shapes, name }: Exported, param: TypeSymbol): Labelled & { readonly shape: Shape } {
  if (param.name.startsWith('__')) {
    throw new Inexpressible(`a parameter of "${name}" is taken apart where it is declared: give it a name`)
  }
  const { label } = labelled(param.name, '')
  const type = file.checker.getTypeOfSymbol(param) ?? file.checker.getUnknownType()
  const position = { label: `${labelOf(name)}-${label}`, called: `the parameter "${param.name}" of "${name}"` }
  const shape = shapes.of(type, position)
  const isDefaulted = hasInitializer(param) && shape.kind !== 'option'
  return {
    name: param.name,
    label,
    docs: '',
    shape: isDefaulted ? { kind: 'option', some: shape, none: 'undefined' } : shape,
  }
}

/** Whether a parameter has a default, so that a caller may leave it out. */
function hasInitializer(param: TypeSymbol): boolean {
  const node = param.valueDeclaration?.resolve()
  return node !== undefined && 'initializer' in node && node.initializer !== undefined
}

function resultOf({ file, shapes, name }: Exported, signature: Signature): Shape | undefined {
  const type: Type = file.checker.getReturnTypeOfSignature(signature) ?? file.checker.getUnknownType()
  if (file.checker.typeToString(type) === 'void' || file.checker.typeToString(type) === 'undefined') return undefined
  return shapes.of(type, { label: `${labelOf(name)}-result`, called: `the result of "${name}"` })
}

function labelled(name: string, docs: string): Labelled {
  const label = labelOf(name)
  if (label === undefined) throw new Inexpressible(unspellable(name))
  return { name, label, docs }
}

/** The comment of a function, with what it says of parameters as lines of their own. */
function docsOf({ file, target }: Exported): string {
  const params = target
    .getJsDocTags(file.checker)
    .filter(tag => tag.name === 'param' && tag.text !== undefined)
    .map(
      tag =>
        `- ${String(tag.text)
          .replace(/^(\S+)\s+-?\s*/, '`$1`: ')
          .replaceAll('\n', ' ')}`,
    )
  const comment = commentOf(target, file.checker)
  return [comment, params.join('\n')].filter(part => part !== '').join('\n\n')
}

function clashes(functions: readonly FunctionShape[]): Problem[] {
  return functions.flatMap(({ name, label }, index) => {
    const other = functions.slice(0, index).find(earlier => earlier.label === label)
    return other ? [{ message: `"${other.name}" and "${name}" are both "${label}" in WIT: rename one of them` }] : []
  })
}

function placeOf(file: CheckedFile, symbol: TypeSymbol): { readonly place?: Place } {
  const node = (symbol.valueDeclaration ?? symbol.declarations[0])?.resolve()
  const source = node?.getSourceFile()
  return node && source ? { place: file.placeOf(source, node.getStart(source)) } : {}
}
