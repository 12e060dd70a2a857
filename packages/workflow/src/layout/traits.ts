import type { Command } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'

/** What a command does to the world, which decides about retry, reuse and place (design § Effect classes). */
export type EffectClass = 'pure' | 'query' | 'mutation'

/** What is known of a command before any of its tasks runs. */
export interface CommandTraits {
  readonly class: EffectClass
  /** Whether asking again under the same key does it once; of mutations alone. */
  readonly idempotent: boolean
  /** Whether values of secrets may go into its arguments; what is pure keeps them here, and so always takes them. */
  readonly secret: boolean
  /** Whether what it gives is a secret, whatever the config says. */
  readonly taints?: boolean
  /** Whose it is to do, where that is another agent. */
  readonly agent?: Did
}

/** What a node knows of a command, for the agent whose it is to do; nothing where it has none of that name. */
export type TraitsOf = (cmd: Command, sub?: Did) => CommandTraits | undefined
