import type { ComponentImport, ImportedFunction } from '@ipvm/wit/component'
import { printFunction } from '@ipvm/wit/print'
import { hostInterface } from './interfaces.ts'
import { isSameFunction } from './same-type.ts'

const shownImportsMax = 100
const shownCharactersMax = 500
const preview1 = 'wasi_snapshot_preview1'

/**
 * Why these imports cannot be given, in a sentence that lists all that is missing or of another type; `undefined` where
 * they can.
 */
export function missingImports(imports: readonly ComponentImport[]): string | undefined {
  const missing: string[] = []
  const others: string[] = []
  for (const { name, functions } of imports) {
    const given = hostInterface(name)
    if (!given) missing.push(...namesOf(name, functions))
    else for (const func of functions) checkFunction(name, func, missing, others)
  }
  if (missing.length === 0 && others.length === 0) return undefined
  const parts: string[] = []
  if (missing.length > 0) {
    parts.push(`imports ${listed(missing)}, which ipvm does not provide; build it without, or stub the imports out`)
  }
  if (missing.some(name => name.startsWith(preview1))) {
    parts.push(`${preview1} is served to components only: build it for wasm32-wasip2, or put the adapter around it`)
  }
  if (others.length > 0) parts.push(`imports ${listed(others)}; build it with the WIT of WASI 0.2`)
  return `it ${parts.join('; ')}`
}

/** All of them, unless somebody is making fun of us. */
function listed(names: readonly string[]): string {
  const more = names.length > shownImportsMax ? ` and ${names.length - shownImportsMax} more` : ''
  return `${names.slice(0, shownImportsMax).map(shorten).join(', ')}${more}`
}

function shorten(text: string): string {
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
}

/** An interface by its name; of what is no interface (the namespaces of core modules), each function. */
function namesOf(name: string, functions: readonly ImportedFunction[]): string[] {
  const isWit = name.includes(':') || functions.every(func => func.name === name)
  return isWit ? [name] : functions.map(func => `${name} ${func.name}`)
}

function checkFunction(host: string, wanted: ImportedFunction, missing: string[], others: string[]): void {
  const name = `${host}#${wanted.name}`
  const given = hostInterface(host)?.get(wanted.name)
  if (!given || !wanted.type) missing.push(name)
  else if (!isSameFunction(wanted.type, given.type)) {
    const [theirs, ours] = [shorten(printFunction(name, wanted.type)), printFunction(wanted.name, given.type)]
    others.push(`${theirs}, where ipvm provides ${ours}`)
  }
}
