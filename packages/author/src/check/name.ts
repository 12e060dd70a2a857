import { ObjectFlags, TypeFlags, type Checker, type Symbol as TypeSymbol, type Type } from 'typescript/unstable/sync'

/** The author's name for a type; what the compiler calls literals begins with underscores. */
export function nameOf(type: Type): string | undefined {
  const alias = type.getAliasSymbol()?.name
  if (alias !== undefined) return alias
  // Of the type of what asks for effects there is one for each value.
  if (isOfLibrary(type) || isOfEffects(type)) return undefined
  const isInterface = type.isObjectType() && (type.objectFlags & (ObjectFlags.Interface | ObjectFlags.Reference)) !== 0
  const name = isInterface || type.flags & TypeFlags.EnumLiteral ? type.getSymbol()?.name : undefined
  return name === undefined || name.startsWith('__') ? undefined : name
}

/** Whether a type is ECMAScript's own, as `Date` is. */
export function isOfLibrary(type: Type): boolean {
  return /\/lib\.[\w.]+\.d\.ts$/.test(type.getSymbol()?.declarations[0]?.path ?? '')
}

function isOfEffects(type: Type): boolean {
  return /\/effects\/effects\.(d\.)?ts$/.test(type.getSymbol()?.declarations[0]?.path ?? '')
}

/** The author's comment on a symbol, as plain lines. */
export function commentOf(symbol: TypeSymbol, checker: Checker): string {
  return symbol.getDocumentationComment(checker).trim()
}

/** `a`, `b`, … for the members of a tuple. */
export function letter(index: number): string {
  return String.fromCharCode(97 + (index % 26)).repeat(1 + Math.floor(index / 26))
}
