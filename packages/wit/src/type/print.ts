import type { Case, Field, FunctionType, WitType } from './type.ts'

/** A type as WIT text on one line: `list<tuple<string, u32>>`, `record { x: u32 }`. */
export function printType(type: WitType): string {
  switch (type.kind) {
    case 'list':
    case 'option':
      return `${type.kind}<${printType(type.type)}>`
    case 'tuple':
      return `tuple<${type.types.map(printType).join(', ')}>`
    case 'record':
      return `record { ${type.fields.map(printField).join(', ')} }`
    case 'variant':
      return `variant { ${type.cases.map(printCase).join(', ')} }`
    case 'enum':
    case 'flags':
      return `${type.kind} { ${type.names.join(', ')} }`
    case 'result':
      return printResult(type.ok, type.error)
    case 'own':
    case 'borrow':
      return `${type.kind}<${type.resource}>`
    default:
      return type.kind
  }
}

/** A function as WIT text: `crop: func(png: list<u8>, x: u32) -> result<list<u8>, string>`. */
export function printFunction(name: string, type: FunctionType): string {
  const result = type.result ? ` -> ${printType(type.result)}` : ''
  return `${name}: func(${type.params.map(printField).join(', ')})${result}`
}

function printField(field: Field): string {
  return `${field.name}: ${printType(field.type)}`
}

function printCase(part: Case): string {
  return part.type ? `${part.name}(${printType(part.type)})` : part.name
}

function printResult(ok: WitType | undefined, error: WitType | undefined): string {
  if (error) return `result<${ok ? printType(ok) : '_'}, ${printType(error)}>`
  return ok ? `result<${printType(ok)}>` : 'result'
}
