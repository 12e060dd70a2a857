import type { Effect } from '@ipvm/runtime'

/** What an effect does to the world, in words: `mutation, idempotent`. */
export function classText({
  class: effectClass,
  idempotent,
  local,
}: Pick<Effect, 'class' | 'idempotent' | 'local'>): string {
  if (effectClass === 'query') return 'query'
  if (local) return "mutation of this node's own store, done exactly once"
  return idempotent ? 'mutation, idempotent' : 'mutation'
}
