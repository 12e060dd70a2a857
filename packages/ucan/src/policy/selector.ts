import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { selectorCharactersMax } from '../limits.ts'

/** One step of a selector. `optional` steps give null where they would fail. */
export type Segment =
  | { readonly kind: 'field'; readonly key: string; readonly optional: boolean }
  | { readonly kind: 'index'; readonly index: number; readonly optional: boolean }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly optional: boolean }
  | { readonly kind: 'values'; readonly optional: boolean }

/** A path into the arguments; the empty one, `.`, is all of them (UCAN Delegation § Selectors). */
export type Selector = readonly Segment[]

/** The text is not a selector; `offset` is the character where it stops to be one. */
export interface MalformedSelector extends Failure {
  readonly name: 'MalformedSelector'
  readonly offset: number
}

const field = /\.?([\p{L}_][\p{L}0-9$_-]*)/uy
const quoted = /\.?\[("(?:[^"\\]|\\.)*")\]/suy
const index = /\.?\[(-?\d+)\]/y
const slice = /\.?\[(-?\d*):(-?\d*)\]/y
const values = /\.?\[\]/y

/**
 * Reads a selector: `.`, `.foo`, `["any key"]`, `[]`, `[i]`, `[-i]`, `[a:b]`, `[a:]`, `[:b]`, each but the first
 * with `?` or without, all in a row after a leading dot. Failure: `MalformedSelector`.
 */
export function parseSelector(text: string): Result<Selector, MalformedSelector> {
  if (text.length > selectorCharactersMax) {
    return error(malformed(text, 0, `has ${text.length} characters; at most ${selectorCharactersMax} are read`))
  }
  if (!text.startsWith('.')) return error(malformed(text, 0, 'has to start with a dot'))
  const segments: Segment[] = []
  let at = /^\.\?*$/.test(text) ? text.length : 0
  while (at < text.length) {
    const found = segmentAt(text, at)
    if (!found) return error(malformed(text, at, `stops making sense at character ${at}`))
    at = found.end
    segments.push(found.segment)
  }
  return ok(segments)
}

/** A segment's reader: what it looks like, and what it is; undefined where it only looks like one. */
const readers: readonly (readonly [RegExp, (groups: readonly string[], optional: boolean) => Segment | undefined])[] = [
  [quoted, ([, key = ''], optional) => quotedKey(key, optional)],
  [values, (_, optional) => ({ kind: 'values', optional })],
  [index, ([, text = ''], optional) => (isExact(text) ? { kind: 'index', index: Number(text), optional } : undefined)],
  [slice, ([, from = '', to = ''], optional) => range(from, to, optional)],
  [field, ([, key = ''], optional) => ({ kind: 'field', key, optional })],
]

function segmentAt(text: string, at: number): { segment: Segment; end: number } | undefined {
  // Only a bracket may follow without a dot, and the first segment needs one.
  const isFree = text[at] === '.' || (at > 0 && text[at] === '[')
  if (!isFree) return undefined
  for (const [pattern, read] of readers) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (!match) continue
    let end = at + match[0].length
    const optional = text[end] === '?'
    while (text[end] === '?') end += 1
    const segment = read(match, optional)
    return segment && { segment, end }
  }
  return undefined
}

function quotedKey(literal: string, optional: boolean): Segment | undefined {
  try {
    const key: unknown = JSON.parse(literal)
    return typeof key === 'string' ? { kind: 'field', key, optional } : undefined
  } catch {
    return undefined
  }
}

function range(from: string, to: string, optional: boolean): Segment | undefined {
  if (from === '' && to === '') return undefined
  if (!isExact(from) || !isExact(to)) return undefined
  return {
    kind: 'slice',
    ...(from !== '' && { from: Number(from) }),
    ...(to !== '' && { to: Number(to) }),
    optional,
  }
}

function isExact(integer: string): boolean {
  return integer !== '-' && Number.isSafeInteger(Number(integer))
}

/** A selector as text that every implementation reads: keys other than `[a-z0-9_]` stand in quotes. */
export function printSelector(selector: Selector): string {
  if (selector.length === 0) return '.'
  const text = selector.map(segment => printSegment(segment) + (segment.optional ? '?' : '')).join('')
  return text.startsWith('.') ? text : `.${text}`
}

function printSegment(segment: Segment): string {
  switch (segment.kind) {
    case 'field':
      return /^[a-z_][a-z0-9_]*$/.test(segment.key) ? `.${segment.key}` : `[${JSON.stringify(segment.key)}]`
    case 'index':
      return `[${segment.index}]`
    case 'slice':
      return `[${segment.from ?? ''}:${segment.to ?? ''}]`
    case 'values':
      return '[]'
  }
}

function malformed(text: string, offset: number, problem: string): MalformedSelector {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  return {
    name: 'MalformedSelector',
    message: `the selector ${shown} ${problem}; a selector looks like .foo["bar"][0]`,
    offset,
  }
}
