import type { Random } from '../world/random.ts'
import type { Deed, Form } from './deed.ts'
import type { AttemptNode } from './node.ts'
import type { Lack, Terms } from './terms.ts'

/** One attempt to have a deed done. */
export interface Attempt {
  readonly node: AttemptNode
  readonly deed: Deed
  readonly random: Random
  /** What is lacking that is a matter of this way alone. */
  readonly own: string | undefined
  /** What was done until now was rightly done. */
  readonly fromNow: () => void
}

/** How an attempt goes on once its terms are drawn. */
export interface Prepared {
  /** How long the chain is of functions that ask for each other, and how many tasks they ask for. */
  readonly asked?: { readonly depth: number; readonly tasks: number }
  readonly run: (terms: Terms) => Promise<unknown>
}

/** A way in which somebody may come to have something done. */
export interface Way {
  /** What may be lacking, of which one is: in the terms, or in the way itself. */
  readonly lacks: readonly Lack[]
  readonly own?: readonly string[]
  readonly forms: readonly Form[]
  /** Whether only Bob may ask, or only another one; either, where it is absent. */
  readonly asker?: 'bob' | 'alice'
  /** Whether the request says what its tasks may do at most; it may or not, where it is absent. */
  readonly only?: boolean
  /** Whether the deed has to be a mutation. */
  readonly mutations?: true
  readonly prepare: (attempt: Attempt) => Prepared
}
