import { CID, error, isMap, ok, parseCid, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { invalidWorkflow, type InvalidWorkflow } from '../failure.ts'

/** Whether a task is written `{uri, call, input}`, the other spelling of a `/wasm/run` (IPVM Workflow 0.1 § Task). */
export function isCallSpelling(task: Value): task is ValueMap {
  return isMap(task) && ('uri' in task || 'call' in task || 'input' in task)
}

/** The same task as `{cmd, args}`. */
export function respell(task: ValueMap, path: string): Result<ValueMap, InvalidWorkflow> {
  const { uri, call, input, meta, ...rest } = task
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    return error(invalidWorkflow(`${path}.${unknown}`, 'unknown field beside uri, call, input, meta'))
  if (call !== 'wasm/run') return error(invalidWorkflow(`${path}.call`, 'expected "wasm/run"'))
  const mod = moduleOf(uri)
  if (!mod) return error(invalidWorkflow(`${path}.uri`, 'expected "ipfs://" and the CID of a Wasm file'))
  if (
    !isMap(input) ||
    typeof input.func !== 'string' ||
    !Array.isArray(input.args) ||
    Object.keys(input).length !== 2
  ) {
    return error(invalidWorkflow(`${path}.input`, 'expected {"func": name, "args": [values]}'))
  }
  return ok({
    cmd: '/wasm/run',
    args: { mod, fun: input.func, params: input.args },
    ...(meta !== undefined && { meta }),
  })
}

/** What the alias of a task in this spelling is the CID of. */
export function spellingValue({ uri, call, input }: ValueMap, map: (value: Value) => Value): ValueMap {
  return { uri: uri ?? null, call: call ?? null, input: map(input ?? null) }
}

function moduleOf(uri: Value | undefined): CID | undefined {
  if (uri instanceof CID) return uri
  if (typeof uri !== 'string' || !uri.startsWith('ipfs://')) return undefined
  const cid = parseCid(uri.slice('ipfs://'.length))
  return 'ok' in cid ? cid.ok : undefined
}
