import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asValue, isMap, type Value } from '@ipvm/ipld'
import { workflowTag } from '@ipvm/workflow'
import { Stop } from '../exit.ts'
import { problemOf, readInput } from './file.ts'
import { readJsonDraft } from './json-draft.ts'

/**
 * Loads a workflow as people write it: DAG-JSON, or a module whose default export is a workflow, or a function that
 * makes one from the rest of the command line.
 */
export async function loadDraft(path: string, args: readonly string[]): Promise<Value> {
  switch (extname(path)) {
    case '.json': {
      const value = await readJsonDraft(path)
      if (args.length > 0)
        throw new Stop({ name: 'Usage', message: `${path} takes no arguments; "${args[0]}" is one too many` })
      return value
    }
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      await readInput(path)
      return loadModule(path, args)
    default:
      throw new Stop({ name: 'Usage', message: `${path} is not a workflow: expected .json, .ts, .js or .wasm` })
  }
}

async function loadModule(path: string, args: readonly string[]): Promise<Value> {
  const made: unknown = await importDefault(path)
    .then(exported => (typeof exported === 'function' ? exported(...args) : exported))
    .catch((thrown: unknown) => {
      if (thrown instanceof Stop) throw thrown
      throw new Stop({ name: 'WorkflowModule', message: `${path}: ${messageOf(thrown)}` }, undefined, thrown)
    })
  const value = asValue(made)
  if (isMap(made) && workflowTag in made && 'error' in value) {
    const { message } = value.error
    throw new Stop({ name: 'WorkflowModule', message: `${path}: in the workflow that it exports, ${message}` })
  }
  if ('ok' in value && isMap(value.ok) && workflowTag in value.ok) return value.ok
  const message = `${path} has to export a workflow as its default: export default workflow('name', …), or a function that returns one`
  throw new Stop({ name: 'WorkflowModule', message })
}

async function importDefault(path: string): Promise<unknown> {
  const module: unknown = await import(pathToFileURL(resolve(path)).href)
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if ('path' in thrown && typeof thrown.path === 'string') return `${thrown.path} ${problemOf(thrown)}`
  if (thrown.message.includes("Cannot find package '@ipvm/"))
    return `${thrown.message}; install it there: npm install @ipvm/workflow`
  if (!thrown.message.includes('import statement outside a module')) return thrown.message
  return 'its folder\'s package.json makes it CommonJS; name it .mts, or set "type": "module" there'
}
