import type { CID, ValueMap } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import type { Command, Delegation, UnixSeconds, VerifiedTokens } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import type { CommandTraits } from '@ipvm/workflow'
import type { Grant } from './authority/authority.ts'
import type { PureCommand } from './command/command.ts'
import type { Effect } from './effect/effect.ts'
import type { Observer } from './observe/observer.ts'
import type { EndedRun, OnEvent } from './run/event.ts'
import type { OnSchedule } from './schedule/schedules.ts'
import type { Others } from './others/others.ts'
import type { Seal } from './secret/seal.ts'
import type { Brought } from './submission/brought.ts'
import type { ForkFrom } from './submission/fork.ts'
import type { World } from './world/world.ts'

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly store: Store
  readonly signer: Signer
  readonly world: World
  /** What seals secrets; without one, workflows that have any are refused. */
  readonly seal?: Seal
  /** The pure commands that this node can do. */
  readonly commands: Readonly<Record<Command, PureCommand>>
  /** What it can do to the world; no two of one command. */
  readonly effects?: readonly Effect[]
  /** What to say of a command that this node could do and is not to; nothing of any other. */
  readonly off?: (cmd: Command) => string | undefined
  /** What is known of a command that this node could do: the class of a task that is another agent's. */
  readonly knownTraits?: (cmd: Command) => CommandTraits | undefined
  /** Commands that anybody may have done here, and what they cover; none, where nothing is said. */
  readonly open?: readonly Command[]
  /** Told of a stored receipt that did not verify, and of one that is made use of though others contradict it. */
  readonly onDoubt?: (receipt: CID, problem: string) => void
  /** Told of what schedules begin, and of what was due while nobody was there. */
  readonly onSchedule?: OnSchedule
  /** Watches all runs that go on here. */
  readonly observer?: Observer
  /** Other nodes; without them it works alone. */
  readonly others?: Others
  /** The delegations whose signatures were found right, where several runtimes are to share them. */
  readonly verified?: VerifiedTokens
}

/** How a submission is followed. */
export interface SubmitOptions {
  readonly onEvent?: OnEvent
  /** What came along with the invocation; blocks that it reaches are stored when it is accepted. */
  readonly brought?: Brought
  /** Delegations that came along, for the tasks; the store has those that the invocation names. */
  readonly delegations?: readonly Delegation[]
  /** Goes on from what was settled in another run of this node, but for one of its tasks and all that await it. */
  readonly from?: ForkFrom
  /** Cancels the run, and its tasks that nobody else waits for. */
  readonly signal?: AbortSignal
}

/** A request of this node's own. */
export interface OwnRequest {
  /** The block of what happened, that the run is for. */
  readonly event?: CID
  /** What its tasks may do at most; all that the node may, where it is absent. */
  readonly only?: readonly Grant[]
  readonly nonce?: Uint8Array
  readonly meta?: ValueMap
  readonly exp?: UnixSeconds | null
}

/** How a run is started. */
export interface StartOptions extends SubmitOptions {
  /** Nobody waits until it is written down. */
  readonly canWait?: boolean
  /** The one task that is asked for was just looked for, and is not known. */
  readonly isUnknown?: boolean
}

/** A run that was started: when it is written down, and how it stands when nothing more of it goes on here. */
export interface Started extends Begun {
  readonly journaled: Promise<void>
}

/** A run that was accepted. */
export interface Begun {
  readonly run: CID
  /** When nothing more of it goes on here. */
  readonly ended: Promise<EndedRun>
}
