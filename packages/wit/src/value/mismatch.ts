import { CID, Float, isMap, type Failure, type Value } from '@ipvm/ipld'
import { shownCharactersMax } from '../limits.ts'
import { printType } from '../type/print.ts'
import type { WitType } from '../type/type.ts'

/** A value does not fit the type that the function wants at `path` (wire format § IPLD ↔ WIT). */
export interface TypeMismatch extends Failure {
  readonly name: 'TypeMismatch'
  readonly path: string
  readonly expected: string
  readonly got: string
}

/** Carries a mismatch out of the recursion of a conversion; caught where the conversion starts. */
export class Mismatch {
  readonly failure: TypeMismatch

  constructor(path: string, type: WitType | string, value: Value | { readonly shown: string }) {
    const expected = shorten(typeof type === 'string' ? type : printType(type))
    const got = isShown(value) ? value.shown : showValue(value)
    this.failure = typeMismatch(path, expected, got)
  }
}

/** The failure of a value at a path, in words. */
export function typeMismatch(path: string, expected: string, got: string): TypeMismatch {
  return { name: 'TypeMismatch', message: `${path}: expected ${expected}, got ${got}`, path, expected, got }
}

/** Says what is there instead of showing the value. */
export function shown(text: string): { readonly shown: string } {
  return new Shown(text)
}

class Shown {
  readonly shown: string

  constructor(text: string) {
    this.shown = text
  }
}

function isShown(value: Value | { readonly shown: string }): value is Shown {
  return value instanceof Shown
}

function showValue(value: Value): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'bigint' || value instanceof Float) return value.toString()
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof CID) return `the link ${value}`
  if (isMap(value)) return shorten(`a map of ${Object.keys(value).join(', ') || 'nothing'}`)
  return `a list of ${value.length}`
}

function shorten(text: string): string {
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
}
