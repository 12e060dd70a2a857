import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'

/** Other nodes, as far as a runtime needs them. Nothing here throws; what others say is verified before it gets here. */
export interface Others {
  /**
   * A receipt that settles a pure task under a profile, of an executor that is trusted here: it is in the store, and so
   * is its large value. It is asked for while the task runs, and ends in bounded time, or when `signal` aborts. Undefined
   * where nobody has one; at once where there is nobody to ask, so that a node that is alone pays nothing.
   */
  find?(task: CID, profile: string, signal: AbortSignal): Promise<Receipt | undefined> | undefined
}
