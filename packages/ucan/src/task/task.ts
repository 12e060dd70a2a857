import { error, isMap, nameOf, type CID, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { Did } from '@ipvm/varsig'
import * as claims from '../claim/claim.ts'
import type { Command } from '../command/command.ts'

/**
 * What is to be done. A pure task has no `sub`, so it has the same name on every machine; an effect's `sub` is the
 * agent whose resource it touches (UCAN Invocation § Task).
 */
export interface Task {
  readonly sub?: Did
  readonly cmd: Command
  readonly args: ValueMap
  readonly nonce: Uint8Array
}

/** The nonce of a task that does the same however often it runs. */
export const noNonce: Uint8Array = new Uint8Array(0)

/** A task as an IPLD value. */
export function taskValue({ sub, cmd, args, nonce }: Task): { readonly [key: string]: Value } {
  return sub === undefined ? { cmd, args, nonce } : { sub, cmd, args, nonce }
}

const shape = { sub: claims.optional(claims.did), cmd: claims.command, args: claims.map, nonce: claims.bytes }

/** Reads a task from its IPLD value. Failure: `InvalidClaim`. */
export function readTask(value: Value): Result<Task, claims.InvalidClaim> {
  if (!isMap(value)) return error(claims.invalidClaim('task', 'a task is a map of cmd, args and nonce'))
  return claims.readClaims(value, shape, 'the task')
}

/** A task's name everywhere, the Task ID of UCAN Invocation: the CID of `{sub?, cmd, args, nonce}`. */
export function taskName(task: Task): CID {
  return nameOf(taskValue(task))
}
