import { base64 } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { Float, type Value } from '../value.ts'

/** Encodes a value as DAG-JSON text. `indent` spaces per level make it readable; 0 keeps it on one line. */
export function encodeJson(value: Value, indent = 0): string {
  return write(value, indent, '')
}

function write(value: Value, indent: number, margin: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'bigint' || value instanceof Float) return value.toString()
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof CID) return `{"/":"${value.toString()}"}`
  if (value instanceof Uint8Array) return `{"/":{"bytes":"${base64.baseEncode(value)}"}}`
  const inner = margin + ' '.repeat(indent)
  if (Array.isArray(value)) {
    const elements: readonly Value[] = value
    return enclose(
      '[',
      elements.map(element => write(element, indent, inner)),
      ']',
      indent,
      margin,
    )
  }
  const colon = indent > 0 ? ': ' : ':'
  const entries = Object.entries(value).map(([key, v]) => `${JSON.stringify(key)}${colon}${write(v, indent, inner)}`)
  return enclose('{', entries, '}', indent, margin)
}

function enclose(open: string, parts: string[], close: string, indent: number, margin: string): string {
  if (parts.length === 0) return open + close
  if (indent === 0) return open + parts.join(',') + close
  const inner = `\n${margin}${' '.repeat(indent)}`
  return `${open}${inner}${parts.join(`,${inner}`)}\n${margin}${close}`
}
