import { casesOf, isNumeric, numericArray, type NumericName, type WitType, type WitValue } from '@ipvm/wit'
import fc from 'fast-check'

const numbers: Readonly<Record<NumericName, () => fc.Arbitrary<number | bigint>>> = {
  u8: () => fc.integer({ min: 0, max: 0xff }),
  s8: () => fc.integer({ min: -0x80, max: 0x7f }),
  u16: () => fc.integer({ min: 0, max: 0xffff }),
  s16: () => fc.integer({ min: -0x8000, max: 0x7fff }),
  u32: () => fc.integer({ min: 0, max: 0xffff_ffff }),
  s32: () => fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  u64: () => fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  s64: () => fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  f32: () => fc.float(),
  f64: () => fc.double(),
}

/** Any value of a type; text with characters of every length, numbers at their edges, NaN among them. */
export function valuesOf(type: WitType): fc.Arbitrary<WitValue> {
  if (isNumeric(type.kind)) return numbers[type.kind]()
  switch (type.kind) {
    case 'bool':
      return fc.boolean()
    case 'char':
      return fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
    case 'string':
      return fc.string({ unit: 'binary' })
    case 'list':
      return listsOf(type.type)
    case 'tuple':
      return fc.tuple(...type.types.map(valuesOf))
    case 'record':
      return fc.tuple(...type.fields.map(field => valuesOf(field.type)))
    case 'variant':
    case 'option':
    case 'result':
      return fc.oneof(
        ...casesOf(type).map((part, index) =>
          part.type ? valuesOf(part.type).map(value => ({ case: index, value })) : fc.constant({ case: index }),
        ),
      )
    case 'enum':
      return fc.nat(type.names.length - 1)
    case 'flags':
      return fc.nat(2 ** type.names.length - 1)
    default:
      throw new TypeError(`no ${type.kind} can be made up`)
  }
}

function listsOf(element: WitType): fc.Arbitrary<WitValue> {
  const { kind } = element
  if (!isNumeric(kind)) return fc.array(valuesOf(element), { maxLength: 10 })
  return fc.array(numbers[kind](), { maxLength: 40 }).map(values => {
    const list = numericArray(kind, values.length)
    values.forEach((value, i) => {
      list[i] = value
    })
    return list
  })
}
