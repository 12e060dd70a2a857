import type { Command, Delegation } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'

/** The delegations that this node was given, to ask others by. */
export interface Wallet {
  /** Those that may prove that this node may have an agent do a command, root first where they are a chain. */
  proofs(sub: Did, cmd: Command): Promise<readonly Delegation[]>
}
