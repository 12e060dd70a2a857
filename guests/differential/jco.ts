// What the differential test compares with: the reference transpiler of the Bytecode Alliance, in this process.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  casesOf,
  isCase,
  isNumeric,
  isSequence,
  numericArray,
  type ExportedFunction,
  type WitType,
  type WitValue,
} from '@ipvm/wit'

const folder = new URL('../node_modules/@bytecodealliance/jco-transpile/', import.meta.url)

/** Whether `npm install --prefix guests` was run. */
export const isInstalled = existsSync(fileURLToPath(folder))

interface Transpiler {
  readonly $init: Promise<void>
  generate(component: Uint8Array, options: object): { readonly files: readonly (readonly [string, Uint8Array])[] }
}

interface Tools {
  componentNew(core: Uint8Array): Promise<Uint8Array>
}

// TypeScript declares the JavaScript API of WebAssembly only together with all of a browser's globals.
const engine: { readonly Module: new (bytes: Uint8Array) => object } = Reflect.get(globalThis, 'WebAssembly')

/** A value as jco's JavaScript has it. */
type Js = unknown

/** Functions by name, of an interface or of the component; each call is made in a new instance. */
export interface JcoGuest {
  call(found: ExportedFunction, args: readonly WitValue[]): JcoOutcome
}

/** A value of the function's result type, or that it trapped. */
export type JcoOutcome = { readonly ok: WitValue | undefined } | { readonly trap: string }

type Instantiate = (core: (path: string) => object, imports: object) => object

/** A component, transpiled; `imports` makes what an instance gets, by interface. */
export async function jcoGuest(component: Uint8Array, imports: () => object): Promise<JcoGuest> {
  const transpiler: Transpiler = await import(new URL('vendor/js-component-bindgen-component.js', folder).href)
  await transpiler.$init
  const { files } = transpiler.generate(component, {
    name: 'guest',
    noTypescript: true,
    instantiation: { tag: 'sync' },
    base64Cutoff: 0,
  })
  const byName = new Map(files)
  const modules = new Map<string, object>()
  const core = (path: string): object => {
    const known = modules.get(path) ?? new engine.Module(Uint8Array.from(byName.get(path) ?? []))
    modules.set(path, known)
    return known
  }
  const source = Buffer.from(byName.get('guest.js') ?? []).toString('base64')
  const glue: { readonly instantiate: Instantiate } = await import(`data:text/javascript;base64,${source}`)
  return { call: (found, args) => callIn(glue.instantiate(core, imports()), found, args) }
}

/** The component that tools make of a core module with an embedded world. */
export async function componentOf(core: Uint8Array): Promise<Uint8Array> {
  const tools: Tools = await import(new URL('dist/wasm-tools.js', folder).href)
  return tools.componentNew(core)
}

function callIn(instance: object, { name, type }: ExportedFunction, args: readonly WitValue[]): JcoOutcome {
  const [owner, fun] = name.includes('#') ? name.split('#') : [undefined, name]
  const from: Js = owner === undefined ? instance : Reflect.get(instance, owner)
  const called: Js = typeof from === 'object' && from !== null ? Reflect.get(from, camel(fun ?? '')) : undefined
  if (typeof called !== 'function') throw new Error(`jco has no function ${name}`)
  const given = type.params.map((param, i) => toJs(param.type, args[i] ?? false))
  try {
    const returned: Js = Reflect.apply(called, from, given)
    if (!type.result) return { ok: undefined }
    // A result at the top is its ok payload, or is thrown.
    if (type.result.kind !== 'result') return { ok: fromJs(type.result, returned) }
    return { ok: type.result.ok ? { case: 0, value: fromJs(type.result.ok, returned) } : { case: 0 } }
  } catch (thrown) {
    if (thrown instanceof Error && 'payload' in thrown && type.result?.kind === 'result') {
      const { error } = type.result
      return { ok: error ? { case: 1, value: fromJs(error, thrown.payload) } : { case: 1 } }
    }
    return { trap: String(thrown) }
  }
}

function camel(label: string): string {
  return label.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

function toJs(type: WitType, value: WitValue): Js {
  switch (type.kind) {
    case 'list':
      return isSequence(value) ? value.map(part => toJs(type.type, part)) : value
    case 'tuple':
      return type.types.map((part, i) => toJs(part, partOf(value, i)))
    case 'record':
      return Object.fromEntries(type.fields.map((field, i) => [camel(field.name), toJs(field.type, partOf(value, i))]))
    case 'option':
    case 'variant':
    case 'result':
      return caseToJs(type, value)
    case 'enum':
      return type.names[Number(value)]
    case 'flags':
      return Object.fromEntries(type.names.map((name, i) => [camel(name), (Number(value) & (2 ** i)) !== 0]))
    default:
      return value
  }
}

function partOf(value: WitValue, index: number): WitValue {
  return (isSequence(value) ? value[index] : undefined) ?? false
}

function caseToJs(type: WitType & { kind: 'option' | 'variant' | 'result' }, value: WitValue): Js {
  if (!isCase(value)) throw new TypeError(`a ${type.kind} that is not one`)
  const part = casesOf(type)[value.case]
  const payload = part?.type && value.value !== undefined ? toJs(part.type, value.value) : undefined
  if (type.kind === 'option' && type.type.kind !== 'option') return payload
  return { tag: type.kind === 'result' && value.case === 1 ? 'err' : part?.name, val: payload }
}

function fromJs(type: WitType, js: Js): WitValue {
  switch (type.kind) {
    case 'list':
      return listFromJs(type.type, js)
    case 'tuple':
      return type.types.map((part, i) => fromJs(part, memberOf(js, String(i))))
    case 'record':
      return type.fields.map(field => fromJs(field.type, memberOf(js, camel(field.name))))
    case 'option':
    case 'variant':
    case 'result':
      return caseFromJs(type, js)
    case 'enum':
      return type.names.indexOf(String(js))
    case 'flags':
      return type.names.reduce(
        (bits, name, i) => (memberOf(js, camel(name)) === true ? (bits | (2 ** i)) >>> 0 : bits),
        0,
      )
    default:
      if (typeof js === 'boolean' || typeof js === 'number' || typeof js === 'bigint' || typeof js === 'string')
        return js
      throw new TypeError(`jco gave a ${typeof js} for a ${type.kind}`)
  }
}

function memberOf(js: Js, name: string): Js {
  return typeof js === 'object' && js !== null ? Reflect.get(js, name) : undefined
}

function listFromJs(element: WitType, js: Js): WitValue {
  if (ArrayBuffer.isView(js) || Array.isArray(js)) {
    const parts: Js[] = Array.from({ length: Number(memberOf(js, 'length')) }, (_, i) => memberOf(js, String(i)))
    if (!isNumeric(element.kind)) return parts.map(part => fromJs(element, part))
    const list = numericArray(element.kind, parts.length)
    parts.forEach((part, i) => {
      Reflect.set(list, i, part)
    })
    return list
  }
  throw new TypeError('jco gave no list')
}

function caseFromJs(type: WitType & { kind: 'option' | 'variant' | 'result' }, js: Js): WitValue {
  const cases = casesOf(type)
  if (type.kind === 'option' && type.type.kind !== 'option') {
    return js === undefined ? { case: 0 } : { case: 1, value: fromJs(type.type, js) }
  }
  const tag = memberOf(js, 'tag')
  const index = cases.findIndex(part => part.name === (tag === 'err' ? 'error' : tag))
  const found = cases[index]
  return found?.type ? { case: index, value: fromJs(found.type, memberOf(js, 'val')) } : { case: index }
}
