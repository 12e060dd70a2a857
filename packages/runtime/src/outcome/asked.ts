import { asValue, decode, error, isMap, limits, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { noNonce, readTask, type Effects, type Task } from '@ipvm/ucan'
import { askedBytesMax, askedItemsMax, askedTasksMax } from '../limits.ts'

/** The tasks that a function asked for, each as DAG-CBOR that nobody has read yet. */
export interface AskedEffects {
  readonly fork: readonly Uint8Array[]
  readonly join?: Uint8Array
}

/** What a function asked for is no list of tasks that a receipt can hold. A property of the function. */
export interface MalformedEffects extends Failure {
  readonly name: 'MalformedEffects'
  /** Where: `fork[2].cmd`. */
  readonly path: string
}

/**
 * Reads the tasks that a function asked for, `{sub?, cmd, args, nonce?}` each, strictly (wire format § Common). Nothing, where
 * it asked for none.
 */
export function readAsked({ fork, join }: AskedEffects): Result<Effects | undefined, MalformedEffects> {
  const all = fork.map((bytes, i) => ({ bytes, path: `fork[${i}]` }))
  if (join) all.push({ bytes: join, path: 'join' })
  if (all.length === 0) return ok(undefined)
  if (fork.length > askedTasksMax) {
    return error(malformed('fork', `${fork.length} tasks at once; at most ${askedTasksMax} may be asked for`))
  }
  const left = { bytes: askedBytesMax, items: askedItemsMax }
  const tasks: Task[] = []
  for (const { bytes, path } of all) {
    left.bytes -= bytes.length
    if (left.bytes < 0)
      return error(malformed(path, `more than ${askedBytesMax} bytes of tasks; ask for fewer, or smaller ones`))
    const task = readOne(bytes, path, left)
    if ('error' in task) return task
    tasks.push(task.ok)
  }
  const last = join && tasks.pop()
  return ok({ fork: tasks, ...(last && { join: last }) })
}

function readOne(bytes: Uint8Array, path: string, left: { items: number }): Result<Task, MalformedEffects> {
  const value = decode(bytes)
  if ('error' in value) return error(malformed(path, value.error.message))
  if (!isMap(value.ok)) return error(malformed(path, 'expected a task {cmd, args}'))
  left.items -= itemsOf(value.ok)
  if (left.items < 0)
    return error(malformed(path, `more than ${askedItemsMax} values in the tasks; pass large lists as bytes`))
  const task = readTask(value.ok.nonce === undefined ? { ...value.ok, nonce: noNonce } : value.ok)
  if ('error' in task) {
    const { field, message } = task.error
    return error(malformed(value.ok[field] === undefined ? path : `${path}.${field}`, message))
  }
  const fits = asValue(task.ok.args, limits.valueDepthMax)
  return 'error' in fits ? error(malformed(`${path}.args${fits.error.path}`, fits.error.message)) : task
}

/** How many values there are in one, that one included; keys of maps count. */
function itemsOf(value: Value): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + itemsOf(item), 1)
  if (!isMap(value)) return 1
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + itemsOf(item), 1)
}

function malformed(path: string, problem: string): MalformedEffects {
  return { name: 'MalformedEffects', message: `what the function asked for: ${path}: ${problem}`, path }
}
