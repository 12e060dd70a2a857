import type { CID } from '@ipvm/ipld'
import type { Cause } from './journal.ts'

/** What starts runs of a workflow when something happens. */
export interface TriggerRecord {
  /** What people call it; no two of a store have one name. */
  readonly name: string
  /** Its document: the source of its events, and how they are taken. */
  readonly trigger: CID
  readonly workflow: CID
}

/** An event waits to be delivered; its run is accepted; or it is dead: given up, and left to a person. */
export type InboxState = 'waiting' | 'delivered' | 'dead'

/** An event that came to a trigger. */
export interface InboxRecord {
  readonly trigger: CID
  /** What the source calls it: what comes again under that is the same event. */
  readonly id: string
  readonly event: CID
  /** When it came, milliseconds since 1970. */
  readonly at: number
  readonly state: InboxState
  /** How often it was tried in vain to deliver it. */
  readonly attempts: number
  /** When that is tried again, milliseconds since 1970. */
  readonly due?: number
  /** The run that was accepted for it. */
  readonly run?: CID
  /** Why it could not be delivered, the last time. */
  readonly cause?: Cause
}

/** An event by its name. */
export type InboxName = Pick<InboxRecord, 'trigger' | 'id'>

/** How many events of a trigger there are in each state. */
export type InboxCounts = Readonly<Record<InboxState, number>>

/** An event, and its place in the line of all that came. */
export interface NumberedEvent extends InboxRecord {
  readonly number: number
}

/** Up to where a source was looked at: under one key, or under one for each of its parts; none is empty. */
export interface CursorRecord {
  readonly key: string
  readonly mark: Uint8Array
}

/** A cursor's new mark; without one, it is let go of. */
export interface CursorChange {
  readonly trigger: CID
  readonly key: string
  readonly mark?: Uint8Array
}

/** What a store numbers as it comes: receipts, and changes of values of keys, of each key the last. */
export type Feed = 'receipts' | 'kv'

/** Something that came, with a number that is higher than those of all before it, and is not used again. */
export interface FeedEntry {
  readonly number: number
  /** How many events led to it, one by the other; 0 where none did. */
  readonly depth: number
}

/** A receipt that came. */
export interface ReceiptEntry extends FeedEntry {
  readonly receipt: CID
}

/** The last change of a key's value; without a value, it was let go of. */
export interface KvChangeEntry extends FeedEntry {
  readonly key: string
  readonly version: number
  readonly value?: Uint8Array
}

/** Where a part of a feed begins, and how long it may be. */
export interface FeedPage {
  /** What comes after the entry of this number. */
  readonly after: number
  readonly limit: number
}
