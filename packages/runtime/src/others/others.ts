import type { Block, CID, Failure } from '@ipvm/ipld'
import type { Command, Delegation, Receipt } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'

/** Other nodes, as far as a runtime needs them. Nothing here throws; what others say is verified before it gets here. */
export interface Others {
  /**
   * A receipt that settles a pure task under a profile, of an executor that is trusted here: it is in the store, and so
   * is its large value. It is asked for while the task runs, and ends in bounded time, or when `signal` aborts. Undefined
   * where nobody has one; at once where there is nobody to ask, so that a node that is alone pays nothing.
   */
  find?(task: CID, profile: string, signal: AbortSignal): Promise<Receipt | undefined> | undefined
  /**
   * Asks an agent once for the receipt of a task, and ends in bounded time.
   *
   * @param wait for how long the agent may wait for what is not done yet, milliseconds
   */
  ask?(asking: Asking, wait: number, signal: AbortSignal): Promise<OthersAnswer>
  /** Calls back when an agent comes that may not have been there, unless the function that it gives is called before. */
  onCame?(agent: Did, callback: () => void): () => void
  /** Where an agent is, as far as this node knows, for others to go there. */
  addresses?(agent: Did): Promise<readonly string[]>
  /** The delegations that this node was given, which may prove that it may have an agent do a command. */
  proofs?(sub: Did, cmd: Command): Promise<readonly Delegation[]>
}

/** What an agent is asked: the same bytes each time. */
export interface Asking {
  readonly agent: Did
  /** The task whose receipt is wanted, which the agent has to have signed itself. */
  readonly task: CID
  /** The invocation, its proofs, and delegations that are passed on. */
  readonly tokens: readonly Uint8Array[]
  /** The name that the task has as everybody's, where it is a pure one: its receipt may have been there before. */
  readonly pure?: CID
  /** Where it may be, as who passed the task on says. */
  readonly hints?: readonly string[]
  /** What it is to bring along: tasks that it names, and what these link to. */
  readonly blocks: readonly Block[]
}

/** What came of asking once. */
export type OthersAnswer =
  /** A receipt of that agent about that task, verified, with what its large value is made of. */
  | { readonly receipt: Receipt; readonly blocks: readonly Block[] }
  /** It has accepted it, and is not done yet. */
  | { readonly pending: true }
  /** It will not do it, and has done nothing of it. */
  | { readonly refused: Failure }
  /**
   * There is no answer, or none that counts. `sent`: it may have arrived; `after`: the agent asks to wait so long,
   * milliseconds.
   */
  | { readonly away: Failure; readonly sent: boolean; readonly after?: number }
