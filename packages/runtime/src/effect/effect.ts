import type { CID, Failure, Result, Value, ValueMap } from '@ipvm/ipld'
import type { Command, OutcomeError } from '@ipvm/ucan'
import type { Change, Store } from '@ipvm/store'
import type { TaskConfig } from '@ipvm/workflow'
import type { Event } from '../event/document.ts'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * How one attempt of an effect ended. An error says what follows from it, since only the effect can know:
 * `final`, the world answered and it will not be otherwise; `again`, nothing was done, and it may be tried again;
 * `unknown`, it may have been done (a mutation whose answer was lost).
 */
export type EffectOutcome =
  | {
      readonly ok: Value
      /** What the effect changed of this node's own store, written together with the receipt, or neither. */
      readonly change?: Change
    }
  | {
      readonly error: OutcomeError
      readonly verdict: 'final' | 'again' | 'unknown'
      /** Of an effect that gives secrets: what this says is none of them, unless its arguments are. */
      readonly isOpen?: boolean
      /** How long the world asks to wait before the next attempt, milliseconds. */
      readonly after?: number
    }

/** What an effect may use while it runs. */
export interface EffectContext {
  /** The same for every attempt, on every machine: 64 hexadecimal digits of the hash in the task's name. */
  readonly key: string
  /** The run that it is asked for. */
  readonly run: CID
  /** Reads what happened, that the run is for; absent where it is for nothing of that kind. */
  readonly event?: () => Promise<Result<Event, Failure>>
  /** The resolved task. */
  readonly task: CID
  /** Which attempt it is, from 1. */
  readonly attempt: number
  readonly config: TaskConfig
  /** Aborts when its time is over, or when nobody wants it any more. */
  readonly signal: AbortSignal
  readonly store: Store
  /** The content of a file, every block verified. */
  readonly loadFile: (cid: CID) => Promise<Result<Uint8Array, Failure>>
}

/** What an effect is, for people. */
export interface About {
  /** What it does, in a sentence. */
  readonly summary: string
  /** What it gives, such as `{status, headers, body}`. */
  readonly result: string
  readonly example: Example
}

/** Arguments that show an effect, and what a delegation may say of them. */
export interface Example {
  readonly args: ValueMap
  /** A policy that allows these arguments (UCAN Delegation § Policy). */
  readonly policy?: readonly Value[]
  /** Arguments that the policy refuses. */
  readonly refused?: ValueMap
}

/** What does the tasks of one command that touch the world (design § Effect classes). */
export interface Effect<Args = unknown> {
  readonly cmd: Command
  readonly class: 'query' | 'mutation'
  /** Whether a mutation asked for again under its key is done once. */
  readonly idempotent: boolean
  /** Whether a mutation with these arguments is done once under its key, where not all of them are. */
  honoursKey?(args: Args): boolean
  /** How many of its tasks may be under way at once. */
  readonly parallel: number
  /**
   * Whether it changes this node's own store alone, by the `change` of its outcome: then it is done exactly once, and one
   * at a time.
   */
  readonly local?: boolean
  /** Whether values of secrets may go into its arguments. */
  readonly secret: boolean
  /** Whether what it gives is a secret, whatever the config of its task says. */
  readonly taints?: boolean
  readonly about?: About
  /** What its arguments have to be; any library's schema (standardschema.dev). */
  readonly args: StandardSchemaV1<unknown, Args>
  run(args: Args, context: EffectContext): Promise<EffectOutcome>
  /** Of a mutation that may have been done: asks the world whether it was. `again` says that it was not. */
  probe?(args: Args, context: EffectContext): Promise<EffectOutcome>
}
