/** What came of one case: what was expected, what was found. */
export interface Outcome {
  readonly file: string
  readonly kind: 'valid' | 'invalid'
  readonly name: string
  readonly expected: string
  readonly found: string
  readonly passed: boolean
}

/** A case of a fixture file, its fields not looked at yet. */
export type Case = Readonly<Record<string, unknown>>

/** `ok`, or the name of the error that a case expects; `an error` where it expects some. */
export function expectedOf(case_: Case, kind: 'valid' | 'invalid'): string {
  if (kind === 'valid') return 'ok'
  const { error } = case_
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined
  return typeof name === 'string' ? name : 'an error'
}

/** The bytes of a field: base64, with or without padding, or bytes that DAG-JSON held. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') throw new TypeError('a fixture holds neither base64 nor bytes where it should')
  return new Uint8Array(Buffer.from(value, 'base64'))
}

/** A list of bytes. */
export function listOf(value: unknown): readonly Uint8Array[] {
  return Array.isArray(value) ? value.map(bytesOf) : []
}
