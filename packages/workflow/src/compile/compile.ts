import {
  asValue,
  blockOf,
  CID,
  cidKey,
  error,
  limits as ipldLimits,
  linkLargeBytes,
  nameOf,
  ok,
  setKey,
  type Block,
  type GetBlock,
  type NotAValue,
  type Result,
  type Value,
} from '@ipvm/ipld'
import { awaitValue, eachPromise, limits, mapPromises, taskValue, type Await } from '@ipvm/ucan'
import {
  readFields,
  readTask,
  workflowBlock,
  workflowTag,
  type Workflow,
  type WorkflowTask,
} from '../document/document.ts'
import type { DraftHandler, Handler } from '../document/handler.ts'
import { invalidWorkflow, type CyclicWorkflow, type InvalidWorkflow } from '../failure.ts'
import { noteNames } from '../graph/name.ts'
import { dependencyOrder } from '../graph/order.ts'
import { isCallSpelling, respell, spellingValue } from './spelling.ts'

/** A workflow whose labels became names, with the blocks that its arguments brought along. */
export interface Compiled {
  readonly workflow: Workflow
  /** The document's block; its CID names the workflow. */
  readonly document: Block
  /** The tasks, by which each can be looked up by its name; and files that stood inline as bytes. */
  readonly blocks: readonly Block[]
  /** The task that another spelling of it stands for: alias → name. */
  readonly aliases: readonly (readonly [alias: CID, name: CID])[]
}

/** Gives the exact export name for a function as it was spelled, where the module is at hand; `brought` came along. */
export type ExportName = (mod: CID, fun: string, brought: GetBlock) => Promise<string>

/** A workflow document could not be compiled. */
export type CompileFailure = InvalidWorkflow | CyclicWorkflow

/**
 * Compiles a document as people write it to one with names: labels in promises become task names, bytes over the
 * inline limit (and every module) become links to files, `{uri, call, input}` becomes `{cmd, args}`.
 * A promise of a task that nobody here defines stays a link: it may be another workflow's.
 */
export async function compile(draft: Value, exportName?: ExportName): Promise<Result<Compiled, CompileFailure>> {
  const value = asValue(draft)
  if ('error' in value) return error(noValue(value.error))
  const fields = readFields(value.ok)
  if ('error' in fields) return fields
  const drafts = new Map(Object.entries(fields.ok.tasks))
  const awaited = awaitedLabels(drafts)
  if ('error' in awaited) return awaited
  const order = dependencyOrder(awaited.ok)
  if ('error' in order) return order

  const exact = exportName && askedOnce(exportName)
  const names = new Map<string, CID>()
  const tasks = new Map<string, WorkflowTask>()
  const files: Block[] = []
  const blocks: Block[] = []
  const aliases: [CID, CID][] = []
  for (const label of order.ok) {
    const written = drafts.get(label) ?? null
    const path = `tasks.${label}`
    const plain = isCallSpelling(written) ? respell(written, path) : ok(written)
    if ('error' in plain) return plain
    const read = readTask(plain.ok, path)
    if ('error' in read) return read
    const task = await canonical(read.ok, names, files, exact)
    const block = blockOf(taskValue(task))
    if (block.bytes.length > ipldLimits.blockBytesMax) return error(tooLarge(path, 'the task', block))
    blocks.push(block)
    names.set(label, block.cid)
    tasks.set(label, task)
    if (isCallSpelling(written))
      aliases.push([nameOf(spellingValue(written, value => linkLabels(value, names))), block.cid])
  }
  const { catch: draftHandler, ...own } = fields.ok
  const handler = draftHandler && (await canonicalHandler(draftHandler, files, exact))
  const workflow: Workflow = { ...own, tasks: Object.fromEntries(tasks), ...(handler && { catch: handler }) }
  noteNames(workflow, names)
  const document = workflowBlock(workflow)
  if (document.bytes.length > ipldLimits.blockBytesMax) return error(tooLarge('', 'the document', document))
  return ok({ workflow, document, blocks: [...files, ...blocks], aliases })
}

/** What a program built may hold anything, at any depth. */
function noValue({ message, path }: NotAValue): InvalidWorkflow {
  return { ...invalidWorkflow(path.replace(`.${workflowTag}.`, ''), ''), message }
}

function tooLarge(path: string, what: string, { bytes }: Block): InvalidWorkflow {
  const most = `a block holds ${ipldLimits.blockBytesMax} at most`
  return invalidWorkflow(
    path,
    `${what} has ${bytes.length} bytes, ${most}; pass large values as bytes, which become files`,
  )
}

/** The labels that each task's promises name; one that is not there is refused. */
function awaitedLabels(drafts: ReadonlyMap<string, Value>): Result<Map<string, readonly string[]>, InvalidWorkflow> {
  const awaited = new Map<string, readonly string[]>()
  for (const [label, task] of drafts) {
    const labels: string[] = []
    eachPromise(task, isLabel, ({ target }) => labels.push(target))
    const missing = labels.find(target => !drafts.has(target))
    if (missing !== undefined) {
      const known = [...drafts.keys()].slice(0, 20).join(', ')
      return error(invalidWorkflow(`tasks.${label}`, `awaits "${missing}", which is no label here; labels: ${known}`))
    }
    awaited.set(label, labels)
  }
  return ok(awaited)
}

/** The form of a task that its name is taken of (design § Task). */
async function canonical(
  task: WorkflowTask,
  names: ReadonlyMap<string, CID>,
  files: Block[],
  exportName: ExactName | undefined,
): Promise<WorkflowTask> {
  const linked: Record<string, Value> = {}
  for (const [key, value] of Object.entries(task.args)) {
    const inlineMax = key === 'mod' ? 0 : limits.inlineBytesMax
    setKey(linked, key, linkLargeBytes(linkLabels(value, names), inlineMax, files))
  }
  const { mod, fun } = linked
  if (task.cmd === '/wasm/run' && mod instanceof CID && typeof fun === 'string') {
    linked.fun = await exactName(mod, fun, files, exportName)
  }
  return { ...task, args: linked }
}

/** A handler whose module is a file, and whose function is named exactly. */
async function canonicalHandler(
  { mod, fun }: DraftHandler,
  files: Block[],
  exportName: ExactName | undefined,
): Promise<Handler> {
  const link = linkLargeBytes(mod, 0, files)
  if (!(link instanceof CID)) throw new Error('bytes over a limit of none become a link')
  return { mod: link, fun: await exactName(link, fun, files, exportName) }
}

async function exactName(
  mod: CID,
  fun: string,
  files: readonly Block[],
  exportName: ExactName | undefined,
): Promise<string> {
  if (!exportName) return fun
  return exportName(mod, fun, files)
}

/** Asks for the exact name of a function, which may be one of the files that stood inline. */
type ExactName = (mod: CID, fun: string, files: readonly Block[]) => Promise<string>

/** Asks once for each function: most tasks of a workflow call the same ones. What came inline since may be the module. */
function askedOnce(exportName: ExportName): ExactName {
  const known = new Map<string, Promise<string>>()
  return (mod, fun, files) => {
    const key = `${files.length} ${cidKey(mod)} ${fun}`
    const brought: GetBlock = async cid => files.find(block => block.cid.equals(cid))?.bytes
    const name = known.get(key) ?? exportName(mod, fun, brought)
    known.set(key, name)
    return name
  }
}

function linkLabels(value: Value, names: ReadonlyMap<string, CID>): Value {
  return mapPromises(value, isLabel, ({ branch, target }: Await<string>) => {
    const name = names.get(target)
    if (!name) throw new Error(`the label ${target} is compiled before those that await it`)
    return awaitValue({ branch, target: name })
  })
}

function isLabel(target: Value): target is string {
  return typeof target === 'string'
}
