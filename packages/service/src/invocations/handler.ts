import type { Block, Result } from '@ipvm/ipld'
import type { Peer, Pending, Refusal } from '@ipvm/network'
import type { Brought, Judged } from '@ipvm/runtime'
import type { Command, Invocation, Outcome } from '@ipvm/ucan'

/** How many bytes of blocks may go along still. */
export interface Room {
  left: number
}

/** An invocation that came in, and with what. */
export interface IncomingInvocation {
  readonly invocation: Invocation
  /** That it may be obeyed, and by which proofs; of a command that `provesItself`, nobody has looked. */
  readonly judged: Judged
  /** It has expired, and was accepted in its time: it is told what came of it, and nothing is done for it. */
  readonly isLate?: boolean
  /** The blocks and delegations that came along; not all of them need concern this invocation. */
  readonly brought: Brought
  /** The receipts that came along, unread. */
  readonly receipts: readonly Uint8Array[]
  readonly from: Peer
  /** What room is left for blocks in the one answer to all that was asked together. */
  readonly room: Room
  /** For how long the asker waits for what is not done yet, milliseconds; 0 for not at all. */
  readonly wait: number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What is answered to one invocation. */
export interface Reply {
  /** Receipts as their bytes. */
  readonly receipts?: readonly Uint8Array[]
  /** What goes along with them. */
  readonly blocks?: readonly Block[]
  readonly pending?: readonly Pending[]
  /** How the invocation itself ended: this is signed, and is not kept. */
  readonly out?: Outcome
  /** Until when that counts, seconds; null for good. A while, where nothing is said. */
  readonly exp?: number | null
}

/** Who answers the invocations of a command. It throws only for our own bugs and faults of the disk. */
export interface Handler {
  /**
   * Whether an invocation needs no chain of proofs to this node, since what it says is proven by itself; the handler
   * checks that.
   */
  readonly provesItself?: boolean
  answer(asked: IncomingInvocation): Promise<Result<Reply, Refusal>>
}

/** Who answers what. */
export type Handlers = ReadonlyMap<Command, Handler>
