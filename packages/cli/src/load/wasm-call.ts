import { decodeJson, isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { parseArgument, printFunction, resolveExport, type ExportedFunction, type WitType } from '@ipvm/wit'
import { workflow } from '@ipvm/workflow'
import { orStop, Stop } from '../exit.ts'
import { printable } from '../output.ts'
import { readInput, readText } from './file.ts'
import { moduleOf } from './module.ts'

/** One call of a function of a Wasm module, as a workflow of one task; `config` is JSON, as in a workflow. */
export async function wasmCallDraft(
  node: IpvmNode,
  path: string,
  words: readonly string[],
  config: string | undefined,
): Promise<Value> {
  const options = config === undefined ? {} : { config: configOf(config) }
  const { mod, fun, params } = await wasmCallArgs(node, path, words)
  return workflow(fun, ({ task }) => void task(fun, { mod, fun, params }), options)
}

/** The arguments of `/wasm/run` for one call as it is typed: a module, a function of it, and what that takes. */
export async function wasmCallArgs(
  node: IpvmNode,
  path: string,
  words: readonly string[],
): Promise<{ readonly mod: CID; readonly fun: string; readonly params: readonly Value[] }> {
  const mod = await moduleOf(node, path)
  const found = await node.functions(mod)
  if ('error' in found) throw new Stop({ ...found.error, message: `${path}: ${found.error.message}` })
  const { functions, withheld } = found.ok
  const [spelling, ...texts] = words
  if (spelling === undefined)
    throw new Stop({ name: 'Usage', message: `which function of ${path}? It has\n${list(functions)}` })
  const fun = resolveExport(functions, spelling)
  const known = withheld.find(({ name }) => name === spelling)
  if (!fun && known) {
    throw new Stop({
      name: 'UnknownFunction',
      message: `the function ${spelling} of ${path} cannot be called: it ${known.reason}`,
    })
  }
  if (!fun) {
    throw new Stop({
      name: 'UnknownFunction',
      message: `${path} has no function "${spelling}"; it has\n${list(functions)}`,
    })
  }
  if (texts.length !== fun.type.params.length) {
    const wants = `takes ${fun.type.params.length} arguments, got ${texts.length}`
    throw new Stop({ name: 'Usage', message: `${fun.name} ${wants}: ${printFunction(fun.name, fun.type)}` })
  }
  const params: Value[] = []
  for (const [i, { name, type }] of fun.type.params.entries()) params.push(await argument(type, texts[i] ?? '', name))
  return { mod, fun: fun.name, params }
}

function configOf(text: string): ValueMap {
  const value = decodeJson(text)
  if ('error' in value) throw new Stop({ ...value.error, message: `--config: ${value.error.message}` })
  if (isMap(value.ok)) return value.ok
  throw new Stop({ name: 'Usage', message: '--config is no map; write {"time": [30, "seconds"]}' })
}

/** What was typed for one parameter; `@path` is the content of a file, and `@@` a literal `@`. */
async function argument(type: WitType, text: string, name: string): Promise<Value> {
  if (text.startsWith('@@')) return orStop(parseArgument(type, text.slice(1), name))
  if (!text.startsWith('@')) return orStop(parseArgument(type, text, name))
  const bytes = await readInput(text.slice(1))
  if (type.kind === 'list' && type.type.kind === 'u8') return bytes
  const content = readText(bytes, text.slice(1))
  return orStop(parseArgument(type, type.kind === 'string' ? content : content.trim(), name))
}

function list(functions: readonly ExportedFunction[]): string {
  if (functions.length === 0) return '  no functions at all'
  return functions.map(({ name, type }) => `  ${printable(printFunction(name, type))}`).join('\n')
}
