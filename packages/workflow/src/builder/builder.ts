import { isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { awaitValue, type Command } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import { workflowTag, workflowVersion } from '../document/document.ts'

declare const gives: unique symbol

/**
 * What a call gives, for the compiler alone: nothing is there at run time. Typed bindings (`ipvm types`) say it; of a call
 * that is written by hand nothing is known, and `never` is accepted wherever a value is wanted.
 */
interface Gives<T> {
  readonly [gives]?: T
}

/** A task of a workflow that is being built. As an argument it is a promise of its `ok`, a `T`. */
export class TaskHandle<T = unknown> implements Gives<T> {
  declare readonly [gives]?: T
  readonly label: string

  constructor(label: string) {
    this.label = label
  }

  /** The promise of its error: what awaits it runs only if the task fails. */
  get error(): Promised<never> {
    return new Promised(awaitValue({ branch: 'error', target: this.label }))
  }

  /** The promise of how it ended, `{ok}` or `{error}`: what awaits it runs either way. */
  get settled(): Promised<never> {
    return new Promised(awaitValue({ branch: '*', target: this.label }))
  }
}

/** One branch of a task's result, as an argument of another task. */
export class Promised<T = unknown> implements Gives<T> {
  declare readonly [gives]?: T
  readonly value: ValueMap

  constructor(value: ValueMap) {
    this.value = value
  }
}

/** What may stand as an argument: any IPLD value, with tasks in place of their results. */
export type Argument = Value | TaskHandle | Promised | readonly Argument[] | { readonly [key: string]: Argument }

/** A call of a function of a Wasm component or core module, which gives a `T` where it succeeds. */
export interface WasmCall<T = unknown> extends Gives<T> {
  /** The component: its bytes, or the CID of its file. */
  readonly mod: Uint8Array | CID
  readonly fun: string
  readonly params: readonly Argument[]
  readonly meta?: ValueMap
}

/** Any other task. */
export interface CommandCall {
  readonly cmd: Command
  readonly args: { readonly [key: string]: Argument }
  readonly sub?: Did
  readonly nonce?: Uint8Array
  readonly meta?: ValueMap
}

/** Adds a task to the workflow, under a label that is its own. */
export type AddTask = <T = never>(label: string, call: WasmCall<T> | CommandCall) => TaskHandle<T>

/** A workflow's own fields, beside its tasks. */
export interface WorkflowOptions {
  readonly meta?: ValueMap
  readonly config?: ValueMap
  readonly defaults?: ValueMap
}

/**
 * Builds a workflow document; `compile` turns its labels into names.
 *
 * @param define adds the tasks; a task's handle, used as an argument, is a promise of its result
 * @throws RangeError on a label that is used twice
 * @example
 * const portrait = workflow('portrait', ({ task }) => {
 *   const square = task('crop', { mod: image, fun: 'crop', params: [photo, 0, 0, 500, 500] })
 *   task('blur', { mod: image, fun: 'blur', params: [square, 4] })
 * })
 */
export function workflow(
  name: string,
  define: (build: { readonly task: AddTask }) => void,
  options: WorkflowOptions = {},
): ValueMap {
  const tasks = new Map<string, Value>()
  const task: AddTask = (label, call) => {
    if (tasks.has(label)) throw new RangeError(`the label "${label}" is used twice in the workflow "${name}"`)
    tasks.set(label, 'cmd' in call ? commandValue(call) : callValue(call))
    return new TaskHandle(label)
  }
  define({ task })
  return { [workflowTag]: { v: workflowVersion, name, ...options, tasks: Object.fromEntries(tasks) } }
}

function callValue({ mod, fun, params, meta }: WasmCall): Value {
  return { cmd: '/wasm/run', args: { mod, fun, params: params.map(toValue) }, ...(meta && { meta }) }
}

function commandValue({ args, ...call }: CommandCall): Value {
  return { ...call, args: toValue(args) }
}

function toValue(argument: Argument): Value {
  if (argument instanceof TaskHandle) return awaitValue({ branch: 'ok', target: argument.label })
  if (argument instanceof Promised) return argument.value
  if (isList(argument)) return argument.map(toValue)
  if (!isPlain(argument)) return argument
  return Object.fromEntries(Object.entries(argument).map(([key, inner]) => [key, toValue(inner)]))
}

function isList(argument: Argument): argument is readonly Argument[] {
  return Array.isArray(argument)
}

function isPlain(argument: Argument): argument is { readonly [key: string]: Argument } {
  return isMap(argument)
}
