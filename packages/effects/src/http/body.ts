import { CID, encodeJson, error, Float, isMap, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { EffectContext } from '@ipvm/runtime'
import type { SendArguments } from './arguments.ts'

/** What is sent along, and what it is, where its headers do not say. */
export interface Content {
  readonly bytes: Uint8Array
  readonly type: string
}

/** A value has no form in JSON. */
export interface NotJson extends Failure {
  readonly name: 'NotJson'
}

const utf8 = new TextEncoder()

/** The content of a request. Failures: {@link NotJson}, and those of reading a file. */
export async function contentOf(
  { body, json }: Pick<SendArguments, 'body' | 'json'>,
  { loadFile }: Pick<EffectContext, 'loadFile'>,
): Promise<Result<Content | undefined, Failure>> {
  if (json !== undefined) {
    const where = notJsonAt(json, 'json')
    if (where === undefined) return ok({ bytes: utf8.encode(encodeJson(json)), type: 'application/json' })
    const message = `${where} has no form in JSON: bytes and links are none; give text in their place`
    return error({ name: 'NotJson', message } satisfies NotJson)
  }
  if (body === undefined) return ok(undefined)
  if (typeof body === 'string') return ok({ bytes: utf8.encode(body), type: 'text/plain; charset=utf-8' })
  const type = 'application/octet-stream'
  if (!(body instanceof CID)) return ok({ bytes: body, type })
  const file = await loadFile(body)
  return 'error' in file ? file : ok({ bytes: file.ok, type })
}

/** Where something is that JSON cannot say. NaN and the infinities are no values at all. */
function notJsonAt(value: Value, path: string): string | undefined {
  if (value instanceof Uint8Array || value instanceof CID) return path
  if (value === null || typeof value !== 'object' || value instanceof Float) return undefined
  const inner: readonly (readonly [string, Value])[] = isMap(value)
    ? Object.entries(value).map(([key, one]) => [`${path}.${key}`, one])
    : value.map((one, i) => [`${path}[${i}]`, one])
  for (const [at, one] of inner) {
    const found = notJsonAt(one, at)
    if (found !== undefined) return found
  }
  return undefined
}
