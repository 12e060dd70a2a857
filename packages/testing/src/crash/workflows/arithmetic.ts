import { isMap, type Value, type ValueMap } from '@ipvm/ipld'
import type { Outcome } from '@ipvm/ucan'

/** What `/test/add` gives for arguments without promises: the sum of `terms`; errors count 1000 and the length of their name. */
export function add({ terms }: ValueMap): Outcome {
  if (!Array.isArray(terms)) return { error: { name: 'NoTerms', message: 'expected {terms: list}' } }
  const list: readonly Value[] = terms
  return { ok: list.reduce<number>((sum, term) => sum + amount(term), 0) }
}

/** What `/test/fail` gives, always. */
export function fail(): Outcome {
  return { error: { name: 'Trap', message: 'it fails, always' } }
}

function amount(term: Value): number {
  if (typeof term === 'number') return term
  if (!isMap(term)) return 0
  if (isMap(term.error)) return amount(term.error)
  if (term.ok !== undefined) return amount(term.ok)
  return typeof term.name === 'string' ? 1000 + term.name.length : 0
}
