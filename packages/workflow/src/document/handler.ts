import { CID, error, isMap, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { noNonce, type Task } from '@ipvm/ucan'
import { invalidWorkflow, unknownField, type InvalidWorkflow } from '../failure.ts'

/** A function of a workflow that decides what follows from a failure (IPVM Workflow § Exception Handling). */
export interface Handler {
  readonly mod: CID
  readonly fun: string
}

/** The same as people write it, where the module may stand inline as bytes. */
export interface DraftHandler {
  readonly mod: CID | Uint8Array
  readonly fun: string
}

/** A failure that no branch of its workflow handles. */
export interface Unhandled {
  readonly label: string
  readonly task: CID
  readonly error: Failure
}

/** What a handler decided: a value in place of the failure, another task's outcome, or that it fails with this message. */
export type Handling = { readonly ok: Value } | { readonly rewire: string } | { readonly msg: string }

/** What a handler gave is none of the three. */
export interface InvalidHandling extends Failure {
  readonly name: 'InvalidHandling'
}

const known = ['mod', 'fun']

/** Reads `catch` of a document or a draft. */
export function readHandler(value: Value): Result<DraftHandler, InvalidWorkflow> {
  if (!isMap(value)) return error(invalidWorkflow('catch', 'expected a function {mod, fun}'))
  const { mod, fun, ...rest } = value
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) return error(unknownField('catch', unknown, known))
  if (!(mod instanceof CID) && !(mod instanceof Uint8Array && mod.length > 0)) {
    return error(invalidWorkflow('catch.mod', "expected a link to a module's file, or its bytes"))
  }
  if (typeof fun !== 'string') return error(invalidWorkflow('catch.fun', 'expected the name of a function'))
  return ok({ mod, fun })
}

/**
 * The pure task that asks a handler about a failure: its one parameter is a record `{label, task, error: {name,
 * message}}`. Whatever else an error has is left out, since a record of WIT takes no fields but its own.
 */
export function handlingTask({ mod, fun }: Handler, { label, task, error: { name, message } }: Unhandled): Task {
  const params = [{ label, task, error: { name, message } }]
  return { cmd: '/wasm/run', args: { mod, fun, params }, nonce: noNonce }
}

/** Reads what a handler gave: a variant of `ok`, `rewire` and `msg`. */
export function readHandling(value: Value): Result<Handling, InvalidHandling> {
  if (isMap(value) && Object.keys(value).length === 1) {
    const { ok: replacement, rewire, msg } = value
    if (replacement !== undefined) return ok({ ok: replacement })
    if (typeof rewire === 'string') return ok({ rewire })
    if (typeof msg === 'string') return ok({ msg })
  }
  return error({
    name: 'InvalidHandling',
    message: 'the handler gave none of {ok: a value}, {rewire: a label}, {msg: a text}; return one of them',
  })
}
