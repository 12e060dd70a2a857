import { ByteReader, Refusal } from '@ipvm/wit/component'
import { docsBytesMax } from '../limits.ts'
import { docsOf, noDocs, type Doc, type Docs } from './docs.ts'

/** The custom section in which tools keep doc comments of WIT: a version, then JSON. */
export const sectionName = 'package-docs'

/**
 * The doc comments that a Wasm binary brings (custom section `package-docs`, as WIT tools write it). Comments are no
 * reason to refuse a module: what cannot be read is left out.
 */
export function readDocs(bytes: Uint8Array): Docs {
  try {
    const list = sections(bytes).flatMap(section => docsIn(section))
    return list.length === 0 ? noDocs : docsOf(list)
  } catch (thrown) {
    if (thrown instanceof Refusal) return noDocs
    throw thrown
  }
}

/**
 * The content of the section, for the comments of one world. In a component every world is called `root`, and the section is
 * kept as it is when tools make a component of a core module: under another name they would miss a world.
 */
export function docsContent(docs: readonly Doc[]): Uint8Array {
  const functions: Record<string, string> = {}
  const types: Record<string, { docs?: string; items?: Record<string, string> }> = {}
  for (const { kind, name, item, text } of docs) {
    if (kind === 'function') functions[name] = text
    else if (item === undefined) types[name] = { docs: text, ...types[name] }
    else types[name] = { ...types[name], items: { ...types[name]?.items, [item]: text } }
  }
  const content = { worlds: { root: { func_exports: functions, types } } }
  return Uint8Array.from([0, ...new TextEncoder().encode(JSON.stringify(content))])
}

function sections(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  const reader = new ByteReader(bytes, 8)
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.slice(reader.u32())
    if (id !== 0 || section.name() !== sectionName) continue
    if (section.end - section.offset <= docsBytesMax) found.push(bytes.subarray(section.offset, section.end))
  }
  return found
}

function docsIn(section: Uint8Array): Doc[] {
  const content = parse(section.subarray(1))
  const ofInterfaces = entries(entry(content, 'interfaces')).flatMap(([name, it]) => ofInterface(name, it))
  const ofWorlds = entries(entry(content, 'worlds')).flatMap(([, world]) => [
    ...ofFunctions('', world, 'func_exports'),
    ...ofFunctions('', world, 'funcs'),
    ...ofTypes('', world),
    ...['interface_exports', 'interfaces'].flatMap(key =>
      entries(entry(world, key)).flatMap(([name, it]) => ofInterface(name, it)),
    ),
  ])
  return [...ofInterfaces, ...ofWorlds]
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function ofInterface(owner: string, value: unknown): Doc[] {
  return [...ofFunctions(owner, value, 'funcs'), ...ofTypes(owner, value)]
}

/** A function's comment is a text, or stands beside its stability. */
function ofFunctions(owner: string, value: unknown, key: string): Doc[] {
  return entries(entry(value, key)).flatMap(([name, it]) => {
    const text = typeof it === 'string' ? it : entry(it, 'docs')
    return typeof text === 'string' ? [{ owner, kind: 'function' as const, name, text }] : []
  })
}

function ofTypes(owner: string, value: unknown): Doc[] {
  return entries(entry(value, 'types')).flatMap(([name, it]) => {
    const about = { owner, kind: 'type' as const, name }
    const own = entry(it, 'docs')
    const items = entries(entry(it, 'items')).flatMap(([item, text]) =>
      typeof text === 'string' ? [{ ...about, item, text }] : [],
    )
    return typeof own === 'string' ? [{ ...about, text: own }, ...items] : items
  })
}

function entry(value: unknown, key: string): unknown {
  return entries(value).find(([name]) => name === key)?.[1]
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
