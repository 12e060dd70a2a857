import type { ValueMap } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'

/** The other side of an effect in a test: a server, a folder, whatever it acts on. It outlives the processes of the suite. */
export interface OtherSide {
  /** Arguments with which the effect succeeds. */
  readonly args: ValueMap
  /** Arguments that have to be refused before anything is done. */
  readonly refused: readonly unknown[]
  /** Variables of the environment by which the effect finds it. */
  readonly env?: Readonly<Record<string, string>>
  /** How often it was changed, as this side has it; `store` is for effects that change the node's own store. */
  done(store: Store): number | Promise<number>
  /** From now on nobody is there: a connection is refused. */
  leave?(): void | Promise<void>
  /** From now on it takes what is asked and never answers. */
  stall?(): void | Promise<void>
  close?(): void | Promise<void>
}
