import type { CID, ValueMap } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import type { Did, Signer } from '@ipvm/varsig'
import type { Store } from '@ipvm/store'
import type { CommandTraits } from '@ipvm/workflow'
import type { Bringers } from '../authority/bringers.ts'
import type { PureCommand } from '../command/command.ts'
import type { Effect } from '../effect/effect.ts'
import type { Commits } from '../journal/commits.ts'
import type { Memo } from '../memo/memo.ts'
import type { Metrics } from './metrics.ts'
import type { Others } from '../others/others.ts'
import type { KnownWorkflows } from '../submission/known-workflows.ts'
import type { Seal } from '../secret/seal.ts'
import type { World } from '../world/world.ts'
import type { Arrivals } from './arrivals.ts'
import type { Lane } from './lanes.ts'
import type { Pace } from './pace.ts'

/** What all runs of a node share. */
export interface Engine {
  readonly store: Store
  readonly commits: Commits
  readonly signer: Signer
  readonly world: World
  /** Without one, nothing that is secret is done. */
  readonly seal: Seal | undefined
  readonly memo: Memo
  /** How fast known results are looked up. */
  readonly pace: Pace
  readonly arrivals: Arrivals
  readonly bringers: Bringers
  readonly metrics: Metrics
  readonly workflows: KnownWorkflows
  readonly commands: Readonly<Record<Command, PureCommand>>
  readonly effects: ReadonlyMap<Command, Effect>
  /** What to say of a command that this node could do and is not to. */
  readonly off: (cmd: Command) => string | undefined
  /** What is known of a command that this node could do, and does not. */
  knownTraits(cmd: Command): CommandTraits | undefined
  /** Commands that anybody may have done here. */
  readonly open: readonly Command[]
  /** Where the tasks of a command wait for a place. */
  lane(cmd: Command): Lane
  /** Where the tasks of another agent wait for a place. */
  laneOf(agent: Did): Lane
  /** What another agent is told, in the `meta` of what it is asked for, beside its config. */
  metaFor(run: CID, label: string): ValueMap | undefined
  /** Other nodes; none, where it works alone. */
  readonly others: Others | undefined
}
