import { casesOf, isNumeric, numericArray, type WitType, type WitValue } from '@ipvm/wit'
import type { Random } from '../../fuzz/random.ts'

/** Any value of a type. */
export function someValue(type: WitType, random: Random): WitValue {
  switch (type.kind) {
    case 'bool':
      return random.below(2) === 1
    case 'u64':
    case 's64':
      return BigInt(random.below(2 ** 31))
    case 'char':
    case 'string':
      return random.pick(['a', 'ä', '😀'])
    case 'list': {
      const length = random.below(4)
      if (isNumeric(type.type.kind)) return numericArray(type.type.kind, length)
      return Array.from({ length }, () => someValue(type.type, random))
    }
    case 'tuple':
      return type.types.map(part => someValue(part, random))
    case 'record':
      return type.fields.map(field => someValue(field.type, random))
    case 'enum':
      return random.below(type.names.length)
    case 'variant':
    case 'option':
    case 'result': {
      const index = random.below(casesOf(type).length)
      const part = casesOf(type)[index]?.type
      return part ? { case: index, value: someValue(part, random) } : { case: index }
    }
    default:
      return random.below(128)
  }
}
