import {
  asValue,
  type Block,
  blockOf,
  limits,
  CID,
  decode,
  error,
  isMap,
  ok,
  setKey,
  type Result,
  type Value,
  type ValueMap,
} from '@ipvm/ipld'
import { isCommand, taskValue, type Task } from '@ipvm/ucan'
import { isDid } from '@ipvm/varsig'
import { invalidWorkflow, unknownField, type InvalidWorkflow } from '../failure.ts'
import { labelLengthMax, tasksMax } from '../limits.ts'
import { readHandler, type DraftHandler, type Handler } from './handler.ts'

/** A task in a workflow; `meta` is not part of its name. */
export interface WorkflowTask extends Task {
  readonly meta?: ValueMap
}

/** A workflow: tasks by label, whose promises are links to tasks (IPVM Workflow 0.1, wire format `ipvm/workflow@1`). */
export interface Workflow {
  readonly name?: string
  readonly meta?: ValueMap
  /** The workflow and the label that this one goes on from. */
  readonly parent?: readonly [CID, string]
  readonly config?: ValueMap
  readonly defaults?: ValueMap
  readonly tasks: Readonly<Record<string, WorkflowTask>>
  /** The function that is asked about each failure that no branch handles. */
  readonly catch?: Handler
}

/** The key that says what the map holds, and in which version. */
export const workflowTag = 'ipvm/workflow@1'

/** The version of the document's fields. */
export const workflowVersion = '0.2.0'

const documentFields = ['v', 'name', 'meta', 'parent', 'config', 'defaults', 'tasks', 'catch']
const taskFields = ['sub', 'cmd', 'args', 'nonce', 'meta']

/** The document's block; its CID is the workflow's name. */
export function workflowBlock(workflow: Workflow): Block {
  const { name, meta, parent, config, defaults } = workflow
  const tasks = Object.entries(workflow.tasks).map(([label, task]): [string, Value] => [
    label,
    task.meta === undefined ? taskValue(task) : { ...taskValue(task), meta: task.meta },
  ])
  return blockOf({
    [workflowTag]: {
      v: workflowVersion,
      ...(name !== undefined && { name }),
      ...(meta && { meta }),
      ...(parent && { parent }),
      ...(config && { config }),
      ...(defaults && { defaults }),
      tasks: Object.fromEntries(tasks),
      ...(workflow.catch && { catch: { mod: workflow.catch.mod, fun: workflow.catch.fun } }),
    },
  })
}

/** Reads a workflow from its block. Failure: `InvalidWorkflow`, with the path of the field. */
export function decodeWorkflow(bytes: Uint8Array): Result<Workflow, InvalidWorkflow> {
  const value = decode(bytes)
  if ('error' in value) return error(invalidWorkflow('', value.error.message))
  const fields = readFields(value.ok)
  if ('error' in fields) return fields
  const tasks: Record<string, WorkflowTask> = {}
  for (const [label, task] of Object.entries(fields.ok.tasks)) {
    const read = readTask(task, `tasks.${label}`)
    if ('error' in read) return read
    setKey(tasks, label, read.ok)
  }
  const { catch: handler, ...rest } = fields.ok
  if (!handler) return ok({ ...rest, tasks })
  const { mod, fun } = handler
  if (!(mod instanceof CID)) return error(invalidWorkflow('catch.mod', 'expected a link to the file of a module'))
  return ok({ ...rest, tasks, catch: { mod, fun } })
}

/** A document whose own fields were checked, and whose tasks are yet to be; the module of `catch` may stand inline. */
export interface Fields extends Omit<Workflow, 'tasks' | 'catch'> {
  readonly tasks: ValueMap
  readonly catch?: DraftHandler
}

/** Checks the fields of a document, but not its tasks. */
export function readFields(document: Value): Result<Fields, InvalidWorkflow> {
  const inner = isMap(document) ? document[workflowTag] : undefined
  if (!isMap(document) || !isMap(inner) || Object.keys(document).length !== 1) {
    return error(invalidWorkflow('', `not a workflow: expected {"${workflowTag}": {"tasks": …}}`))
  }
  const { v = workflowVersion, name, meta, parent, config, defaults, tasks, catch: handler, ...rest } = inner
  if (v !== workflowVersion) return error(invalidWorkflow('v', `expected "${workflowVersion}", the only known version`))
  if (name !== undefined && typeof name !== 'string') return error(invalidWorkflow('name', 'expected text'))
  if (parent !== undefined && !isParent(parent)) return error(invalidWorkflow('parent', 'expected [link, label]'))
  if (meta !== undefined && !isMap(meta)) return error(invalidWorkflow('meta', 'expected a map'))
  if (config !== undefined && !isMap(config)) return error(invalidWorkflow('config', 'expected a map'))
  if (defaults !== undefined && !isMap(defaults)) return error(invalidWorkflow('defaults', 'expected a map'))
  const caught = handler === undefined ? undefined : readHandler(handler)
  if (caught && 'error' in caught) return caught
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) return error(unknownField('', unknown, documentFields))
  if (!isMap(tasks)) return error(invalidWorkflow('tasks', 'expected a map of tasks by label'))
  const invalid = invalidLabels(Object.keys(tasks))
  if (invalid) return error(invalid)
  return ok({
    ...(name !== undefined && { name }),
    ...(meta && { meta }),
    ...(parent && { parent }),
    ...(config && { config }),
    ...(defaults && { defaults }),
    tasks,
    ...(caught && { catch: caught.ok }),
  })
}

function isParent(value: Value): value is readonly [CID, string] {
  return Array.isArray(value) && value.length === 2 && value[0] instanceof CID && typeof value[1] === 'string'
}

function invalidLabels(labels: readonly string[]): InvalidWorkflow | undefined {
  if (labels.length === 0) return invalidWorkflow('tasks', 'a workflow has at least one task')
  if (labels.length > tasksMax) return invalidWorkflow('tasks', `${labels.length} tasks; at most ${tasksMax}`)
  const long = labels.find(label => label.length === 0 || label.length > labelLengthMax)
  return long === undefined
    ? undefined
    : invalidWorkflow(
        'tasks',
        `the label "${long.slice(0, 20)}…" has ${long.length} characters; 1 to ${labelLengthMax}`,
      )
}

/** Reads one task of a document. A missing nonce is the empty one of a pure task. */
export function readTask(task: Value, path: string): Result<WorkflowTask, InvalidWorkflow> {
  if (!isMap(task)) return error(invalidWorkflow(path, 'expected a task {cmd, args}'))
  const { sub, cmd, args, nonce = new Uint8Array(0), meta, ...rest } = task
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) return error(unknownField(path, unknown, taskFields))
  if (cmd === undefined || !isCommand(cmd))
    return error(invalidWorkflow(`${path}.cmd`, 'expected a command such as /wasm/run'))
  if (!isMap(args)) return error(invalidWorkflow(`${path}.args`, 'expected a map of arguments'))
  const fits = asValue(args, limits.valueDepthMax)
  if ('error' in fits) return error(invalidWorkflow(`${path}.args${fits.error.path}`, fits.error.message))
  if (sub !== undefined && !isDid(sub)) return error(invalidWorkflow(`${path}.sub`, 'expected a DID'))
  if (!(nonce instanceof Uint8Array)) return error(invalidWorkflow(`${path}.nonce`, 'expected bytes'))
  if (meta !== undefined && !isMap(meta)) return error(invalidWorkflow(`${path}.meta`, 'expected a map'))
  return ok({ ...(sub && { sub }), cmd, args, nonce, ...(meta && { meta }) })
}
