import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'

/** Other nodes, as far as a runtime needs them. Nothing here throws; what others say is verified before it gets here. */
export interface Others {
  /**
   * A receipt that settles a pure task under a profile, of an executor that is trusted here, its large value brought
   * along. It is asked for while the task runs, and ends in bounded time. Undefined where nobody who can be asked has one.
   */
  find?(task: CID, profile: string, signal: AbortSignal): Promise<Receipt | undefined>
}
