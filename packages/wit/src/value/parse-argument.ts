import { decodeJson, error, floatValue, integerValue, ok, parseCid, type Result, type Value } from '@ipvm/ipld'
import type { WitType } from '../type/type.ts'
import { integerRange } from './integer.ts'
import { Mismatch, type TypeMismatch } from './mismatch.ts'
import { toWit } from './to-wit.ts'

/**
 * What a person types for one parameter, as an IPLD value: numbers, `true` and `false`; strings and enum cases as they
 * are, without quotes; `null` for an empty option; a CID where bytes are wanted; DAG-JSON for everything else.
 *
 * @param path begins the path in messages: the parameter's name, or `params[0]`
 */
export function parseArgument(type: WitType, text: string, path: string): Result<Value, TypeMismatch> {
  const value = parse(type, text)
  if (value === undefined) return error(new Mismatch(path, type, text).failure)
  // Whatever a link stands for fits; the rest is checked now, so that the message comes before any work.
  const fits = toWit(type, value, path, () => new Uint8Array())
  return 'error' in fits ? fits : ok(value)
}

function parse(type: WitType, text: string): Value | undefined {
  switch (type.kind) {
    case 'string':
    case 'char':
    case 'enum':
      return text
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'option':
      if (text === 'null') return null
      return type.type.kind === 'option' ? json(text) : parse(type.type, text)
    case 'f32':
    case 'f64':
      return parseNumber(text)
    case 'list':
      return type.type.kind === 'u8' ? bytesOrLink(text) : json(text)
    default:
      return integerRange(type.kind) ? parseNumber(text) : json(text)
  }
}

function parseNumber(text: string): Value | undefined {
  if (/^[+-]?\d+$/.test(text)) return integerValue(BigInt(text))
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? floatValue(value) : undefined
}

function bytesOrLink(text: string): Value | undefined {
  const cid = parseCid(text)
  return 'ok' in cid ? cid.ok : json(text)
}

function json(text: string): Value | undefined {
  const decoded = decodeJson(text)
  return 'ok' in decoded ? decoded.ok : undefined
}
