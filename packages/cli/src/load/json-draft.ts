import { dirname, join } from 'node:path'
import { decodeJson, isMap, type Value } from '@ipvm/ipld'
import { workflowTag } from '@ipvm/workflow'
import { orStop, Stop } from '../exit.ts'
import { readInput, readText } from './file.ts'

/**
 * Reads a workflow in DAG-JSON. Where it has text for a module, that is the path of a Wasm file beside it, whose content is
 * put in its place.
 */
export async function readJsonDraft(path: string): Promise<Value> {
  const draft = orStop(decodeJson(readText(await readInput(path), path)))
  if (!isMap(draft)) return draft
  const workflow = draft[workflowTag]
  if (workflow === undefined || !isMap(workflow)) return draft
  const [tasks, handler] = [workflow.tasks, workflow.catch]
  const whole: Record<string, Value> = { ...workflow }
  if (handler !== undefined) whole.catch = await withModule(handler, 'catch', path)
  if (tasks !== undefined && isMap(tasks)) {
    const read: Record<string, Value> = Object.create(null)
    for (const [label, task] of Object.entries(tasks)) read[label] = await taskWithModule(task, `tasks.${label}`, path)
    whole.tasks = read
  }
  return { ...draft, [workflowTag]: whole }
}

async function taskWithModule(task: Value, where: string, path: string): Promise<Value> {
  if (!isMap(task) || task.cmd !== '/wasm/run' || task.args === undefined) return task
  return { ...task, args: await withModule(task.args, `${where}.args`, path) }
}

async function withModule(holder: Value, where: string, path: string): Promise<Value> {
  if (!isMap(holder) || typeof holder.mod !== 'string') return holder
  const { mod } = holder
  if (!mod.endsWith('.wasm')) {
    const message = `${path}: ${where}.mod: "${mod}" is no module; write the path of a .wasm file, or a link: {"/": "bafkrei…"}`
    throw new Stop({ name: 'InvalidWorkflow', message })
  }
  return { ...holder, mod: await readInput(join(dirname(path), mod)) }
}
