import { isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { awaitValue, type Command } from '@ipvm/ucan'
import type { ConfigFields } from '../config/fields.ts'
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
  /** Whose it is to do: a DID, or what the node that compiles it calls one of its peers. */
  readonly sub?: string
  readonly nonce?: Uint8Array
  readonly meta?: ValueMap
}

/** How a task is run, beside what it does; none of it is part of its name. */
export interface TaskOptions {
  /** What it may use, and how it is tried again. */
  readonly config?: ConfigFields
  /** Whether its result, error and log are secrets: short for that field of its config. */
  readonly secret?: boolean
  /** Whether it runs only when it is called upon: when `catch` names it in place of a task that failed. */
  readonly standby?: boolean
  /** The mutation that this one undoes. It stands by until that one succeeded and a later task failed. */
  readonly compensates?: TaskHandle
}

/** Adds a task to the workflow, under a label that is its own. */
export type AddTask = <T = never>(
  label: string,
  call: WasmCall<T> | CommandCall,
  options?: TaskOptions,
) => TaskHandle<T>

/** A workflow's own fields, beside its tasks. */
export interface WorkflowOptions {
  readonly meta?: ValueMap
  /** The workflow and the label that this one goes on from. */
  readonly parent?: readonly [CID, string]
  /** What holds for the whole workflow, and for each task that says nothing else; a map where it was read. */
  readonly config?: ConfigFields | ValueMap
  readonly defaults?: ConfigFields | ValueMap
  /** The function that is asked about each failure that no task awaits; its module as bytes or the CID of its file. */
  readonly catch?: Pick<WasmCall, 'mod' | 'fun'>
}

/**
 * Builds a workflow document; `compile` turns its labels into names.
 *
 * @param define adds the tasks; a task's handle, used as an argument, is a promise of its result
 * @throws RangeError on a label that is used twice, and on a second task that compensates the same one
 * @example
 * const portrait = workflow('portrait', ({ task }) => {
 *   const square = task('crop', { mod: image, fun: 'crop', params: [photo, 0, 0, 500, 500] })
 *   task('blur', { mod: image, fun: 'blur', params: [square, 4] })
 * })
 */
export function workflow(
  name: string,
  define: (build: { readonly task: AddTask }) => void,
  { catch: handler, ...options }: WorkflowOptions = {},
): ValueMap {
  const tasks = new Map<string, ValueMap>()
  const task: AddTask = (label, call, how = {}) => {
    if (tasks.has(label)) throw new RangeError(`the label "${label}" is used twice in the workflow "${name}"`)
    const written = 'cmd' in call ? commandValue(call) : callValue(call)
    tasks.set(label, withMeta(written, metaOf(how)))
    if (how.compensates) compensate(tasks, how.compensates.label, label)
    return new TaskHandle(label)
  }
  define({ task })
  return {
    [workflowTag]: {
      ...{ v: workflowVersion, name, ...options },
      tasks: Object.fromEntries(tasks),
      ...(handler && { catch: { mod: handler.mod, fun: handler.fun } }),
    },
  }
}

/** Notes that a task is undone by another one. */
function compensate(tasks: Map<string, ValueMap>, label: string, by: string): void {
  const undone = tasks.get(label)
  if (!undone) throw new RangeError(`"${by}" compensates "${label}", which is no task of this workflow`)
  const { 'ipvm/compensate': other } = isMap(undone.meta) ? undone.meta : {}
  if (other !== undefined) throw new RangeError(`"${label}" is compensated by "${other}" already, not by "${by}", too`)
  tasks.set(label, withMeta(undone, { 'ipvm/compensate': by }))
}

/** The options of a task as its `meta` has them. */
function metaOf({ config, secret, standby }: TaskOptions): ValueMap {
  const own: ValueMap = { ...config, ...(secret !== undefined && { secret }) }
  return {
    ...(Object.keys(own).length > 0 && { 'ipvm/config': own }),
    ...(standby !== undefined && { 'ipvm/standby': standby }),
  }
}

function withMeta(task: ValueMap, added: ValueMap): ValueMap {
  if (Object.keys(added).length === 0) return task
  return { ...task, meta: { ...(isMap(task.meta) && task.meta), ...added } }
}

function callValue({ mod, fun, params, meta }: WasmCall): ValueMap {
  return { cmd: '/wasm/run', args: { mod, fun, params: params.map(toValue) }, ...(meta && { meta }) }
}

function commandValue({ args, ...call }: CommandCall): ValueMap {
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
