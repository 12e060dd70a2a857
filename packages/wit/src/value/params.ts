import { CID, error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { printFunction } from '../type/print.ts'
import { casesOf, type FunctionType, type WitType } from '../type/type.ts'
import { labelIndex } from './label.ts'
import { typeMismatch, type TypeMismatch } from './mismatch.ts'
import { toWit, type ContentOf } from './to-wit.ts'
import type { WitValue } from './wit-value.ts'

/**
 * The arguments of a call as WIT values. Failures name the place as `params[2].width`; a wrong number of arguments
 * prints the signature.
 */
export function paramsToWit(
  name: string,
  type: FunctionType,
  values: readonly Value[],
  contentOf: ContentOf,
): Result<WitValue[], TypeMismatch> {
  if (values.length !== type.params.length) {
    const expected = `${type.params.length} for ${printFunction(name, type)}`
    return error(typeMismatch('params', expected, String(values.length)))
  }
  const converted: WitValue[] = []
  for (const [i, param] of type.params.entries()) {
    const result = toWit(param.type, values[i] ?? null, `params[${i}]`, contentOf)
    if ('error' in result) return result
    converted.push(result.ok)
  }
  return ok(converted)
}

/** The links that stand where bytes are wanted, each once: their content has to be fetched before {@link toWit}. */
export function linkedFiles(types: readonly WitType[], values: readonly Value[]): CID[] {
  const found = new Map<string, CID>()
  types.forEach((type, i) => {
    collect(type, values[i] ?? null, found)
  })
  return [...found.values()]
}

/** Values that do not fit their type are passed over: converting them will say so. */
function collect(type: WitType, value: Value, found: Map<string, CID>): void {
  if (type.kind === 'list' && type.type.kind === 'u8' && value instanceof CID) {
    found.set(value.toString(), value)
  } else if (type.kind === 'list' && isList(value)) {
    for (const entry of value) collect(type.type, entry, found)
  } else if (type.kind === 'tuple' && isList(value)) {
    type.types.forEach((part, i) => {
      collect(part, value[i] ?? null, found)
    })
  } else if (type.kind === 'option' && value !== null) {
    const inner = type.type.kind === 'option' && isMap(value) ? (value.some ?? null) : value
    collect(type.type, inner, found)
  } else if (isMap(value)) collectNamed(type, value, found)
}

function collectNamed(type: WitType, value: { readonly [key: string]: Value }, found: Map<string, CID>): void {
  const named =
    type.kind === 'record' ? type.fields : type.kind === 'variant' || type.kind === 'result' ? casesOf(type) : []
  for (const [key, entry] of Object.entries(value)) {
    const part =
      named[
        labelIndex(
          named.map(({ name }) => name),
          key,
        )
      ]
    if (part?.type) collect(part.type, entry, found)
  }
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
