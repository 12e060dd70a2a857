import { base64 } from 'multiformats/bases/base64'
import { parseCid } from '../cid.ts'
import { depthMax } from '../limits.ts'
import { error, ok, type Failure, type Result } from '../result.ts'
import { floatValue, integerValue, isMap, setKey, type Value } from '../value.ts'

/** The text is not DAG-JSON; the message says where. */
export interface MalformedJson extends Failure {
  readonly name: 'MalformedJson'
}

/**
 * Decodes DAG-JSON as people write it: any key order and white space; `{"/": "bafy…"}` is a link,
 * `{"/": {"bytes": "…"}}` is bytes; `1.0` stays a float and an integer of any size within 64 bits stays exact.
 */
export function decodeJson(text: string): Result<Value, MalformedJson> {
  return read(text, true)
}

/**
 * Decodes JSON of strangers, who know of no links: `{"/": …}` is a map as any other. Numbers are as in
 * {@link decodeJson}, and a key that stands twice is refused as there.
 */
export function decodePlainJson(text: string): Result<Value, MalformedJson> {
  return read(text, false)
}

function read(text: string, hasLinks: boolean): Result<Value, MalformedJson> {
  try {
    // The third argument holds the number's source text, without which 1.0 and 2^60 would be lost.
    const parsed: unknown = JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined ? numberOf(context.source) : value,
    )
    const repeated = repeatedKey(text)
    if (repeated !== undefined) throw new SyntaxError(`the key ${repeated} stands twice in one map`)
    return ok(toValue(parsed, '', 0, hasLinks))
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return error({ name: 'MalformedJson', message: `not ${hasLinks ? 'DAG-JSON' : 'JSON'}: ${problem}` })
  }
}

/** JSON.parse takes the last of two equal keys without a word; what was meant by the first would be lost. */
function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  // A string with what follows it, or the bounds of a map or list; the text is known to be JSON.
  for (const [token, key] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (key !== undefined) {
      const keys = open.at(-1)
      const name: unknown = JSON.parse(key)
      if (typeof name !== 'string' || keys?.has(name)) return key
      keys?.add(name)
    }
  }
  return undefined
}

function numberOf(source: string): Value {
  const value = Number(source)
  if (!Number.isFinite(value)) throw new RangeError(`the number ${source} is out of range`)
  if (/[.eE]/.test(source)) return floatValue(value)
  const integer = BigInt(source)
  if (integer > 0xffffffffffffffffn || integer < -0x10000000000000000n) {
    throw new RangeError(`the integer ${source} does not fit in 64 bits`)
  }
  return integerValue(integer)
}

function toValue(parsed: unknown, path: string, depth: number, hasLinks: boolean): Value {
  if (depth > depthMax) throw new RangeError(`nested deeper than ${depthMax}`)
  if (Array.isArray(parsed)) return parsed.map((element, i) => toValue(element, `${path}[${i}]`, depth + 1, hasLinks))
  if (typeof parsed === 'string') return wellFormed(parsed, path)
  if (!isMap(parsed)) return parsed as Value
  const keys = Object.keys(parsed)
  if (hasLinks && keys.length === 1 && keys[0] === '/') return linkOrBytes(parsed['/'], path)
  const map: Record<string, Value> = {}
  for (const key of keys)
    setKey(map, wellFormed(key, path), toValue(parsed[key], `${path}.${key}`, depth + 1, hasLinks))
  return map
}

/** Half a surrogate pair has no UTF-8 form, so no bytes and no name. */
function wellFormed(text: string, path: string): string {
  if (text.isWellFormed()) return text
  throw new TypeError(`half a surrogate pair in text${path === '' ? '' : ` at ${path}`}`)
}

function linkOrBytes(inner: unknown, path: string): Value {
  const at = path === '' ? '' : ` at ${path}`
  if (typeof inner === 'string') {
    const cid = parseCid(inner)
    if ('error' in cid) throw new TypeError(`${cid.error.message}${at}`)
    return cid.ok
  }
  if (isMap(inner) && typeof inner.bytes === 'string' && Object.keys(inner).length === 1) {
    return base64Bytes(inner.bytes)
  }
  throw new TypeError(`{"/": …} must hold a CID or {"bytes": base64}${at}`)
}

/** Base64 with or without its padding. */
function base64Bytes(text: string): Uint8Array {
  let end = text.length
  while (end > 0 && text[end - 1] === '=') end -= 1
  return base64.baseDecode(text.slice(0, end))
}
