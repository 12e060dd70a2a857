import type { Block, CID, Result, Unit, Value, ValueMap } from '@ipvm/ipld'
import type { Command, Invocation } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Answer, IncomingRequest, Refusal } from '../exchange.ts'
import type { Peer } from '../peer.ts'

/** What somebody wants to read or bring, as the invocation that would ask for it. */
export interface AccessRequest {
  readonly cmd: Command
  readonly args: ValueMap
  readonly from: Peer
}

/** The invocation in an `Authorization: Bearer` header. Its signature and its proofs are still to be checked. */
export interface Bearer {
  readonly invocation: Invocation
  /** Every token of the container, the invocation's and those of its proofs. */
  readonly tokens: readonly Uint8Array[]
}

/** Somebody may have what they asked for. */
export interface Permission {
  /** Who it is, where the invocation has proven that. */
  readonly did?: Did
  /** Whether anybody may have it, so that caches between us may keep it. */
  readonly isPublic?: boolean
}

/** Something that happened in a run. */
export interface RunEvent {
  /** Its number in the run; they only grow. */
  readonly id: number
  /** What happened, one word such as `settled`. */
  readonly event: string
  readonly data: Value
}

/** How a node is. */
export interface Health {
  readonly isWell: boolean
  readonly [detail: string]: Value
}

/** What a server of HTTP needs of the node behind it. Nothing here throws but for our own bugs and faults of the disk. */
export interface NodePort {
  readonly did: Did
  /** Answers a container, a CAR, or a message of a reconciliation. */
  handle(request: IncomingRequest): Promise<Result<Answer, Refusal>>
  /** Whether somebody may have or bring something; without a bearer, whether everybody may. */
  authorise(asked: AccessRequest, bearer: Bearer | undefined): Promise<Result<Permission, Refusal>>
  block(cid: CID, from: Peer): Promise<Uint8Array | undefined>
  /**
   * Keeps blocks, durably when it resolves. Each is what its name says. Where reading them throws, what came so far may
   * be kept or not, and the error is let through.
   */
  put?(blocks: AsyncIterable<Block>, from: Peer): Promise<Result<Unit, Refusal>>
  /** The receipts of a task, oldest first; those of one that is under way are waited for, for so many milliseconds. */
  receipts?(task: CID, wait: number, signal: AbortSignal): Promise<readonly Uint8Array[]>
  /** What is known of a workflow and its runs, for people and programs. */
  workflow?(cid: CID): Promise<Value | undefined>
  /** What happens in the newest run of a workflow, from after an event on; ends when the run does. */
  events?(workflow: CID, after: number, signal: AbortSignal): Promise<AsyncIterable<RunEvent> | undefined>
  health?(): Health | Promise<Health>
  /** The record of where this node is, signed (`peer-record.ts`), for whoever wants to know its DID. */
  record?(): Promise<Uint8Array | undefined>
}

/** How a server of HTTP behaves. */
export interface HttpConfig {
  /** The web origins whose pages may use this node: none, some, or `'*'`. */
  readonly origins?: readonly string[] | '*'
  /** The largest body of a request that is taken, bytes. */
  readonly bodyBytesMax?: number
  /** The largest file that is taken, bytes. */
  readonly putBytesMax?: number
  /** The `did:web` under which `/.well-known/did.json` is to be found, where it has one. */
  readonly didWeb?: Did
  /** Who is at the other end of a request's connection, such as its address; the server knows. */
  readonly addressOf?: (request: Request, env: unknown) => string | undefined
  /** Aborted when the server is about to end: event streams end then, and say that one may come again. */
  readonly closing?: AbortSignal
}
