import type { StandardSchemaV1 } from '@standard-schema/spec'

/** One argument of an effect, or one of its settings, for people. */
export interface Field {
  readonly name: string
  /** What it may be: `text, up to 1024 characters`. */
  readonly type: string
  readonly isOptional: boolean
  /** What holds where it is left out, as JSON. */
  readonly byDefault?: string
  /** What it is for. */
  readonly text: string
}

/** The fields of a schema of valibot's that takes a map; nothing of any other. */
export function fieldsOf(schema: StandardSchemaV1): readonly Field[] | undefined {
  if (!isNode(schema)) return undefined
  const { entries } = schema
  if (typeof entries !== 'object' || entries === null) return undefined
  return Object.entries(entries).flatMap(([name, entry]): Field[] => {
    if (!isNode(entry)) return []
    const { inner, isOptional, byDefault } = unwrap(entry)
    const text = descriptionOf(entry) ?? descriptionOf(inner) ?? ''
    const shown = byDefault === undefined ? {} : { byDefault: JSON.stringify(byDefault) }
    return [{ name, type: typeText(inner), isOptional, ...shown, text }]
  })
}

/** A schema, or a step of a pipe, as valibot has it. */
interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function unwrap(node: Node): { readonly inner: Node; readonly isOptional: boolean; readonly byDefault?: unknown } {
  const { type, wrapped, default: byDefault } = node
  if ((type !== 'optional' && type !== 'exact_optional') || !isNode(wrapped)) return { inner: node, isOptional: false }
  return { inner: wrapped, isOptional: true, ...(byDefault !== undefined && { byDefault }) }
}

function stepsOf({ pipe }: Node): readonly Node[] {
  return Array.isArray(pipe) ? pipe.filter(isNode) : []
}

/** What was said of it last. */
function descriptionOf(node: Node): string | undefined {
  const said = stepsOf(node).flatMap(step => [
    ...(step.type === 'description' && typeof step.description === 'string' ? [step.description] : []),
    ...(step.kind === 'schema' ? (descriptionOf(step) ?? []) : []),
  ])
  return said.at(-1)
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  unknown: 'any value',
  any: 'any value',
  custom: 'value',
  null: 'null',
}

function typeText(node: Node): string {
  const steps = stepsOf(node).flatMap(step => (step.kind === 'schema' ? stepsOf(step) : [step]))
  const bounds = boundsText(steps, node.type === 'string' ? ' characters' : node.type === 'array' ? ' entries' : '')
  const isInteger = steps.some(({ type }) => type === 'integer')
  const base = isInteger ? 'whole number' : baseText(node)
  return bounds === '' ? base : `${base}, ${bounds}`
}

function baseText(node: Node): string {
  const title = stepsOf(node).findLast(step => step.type === 'title')?.title
  if (typeof title === 'string') return title
  const { type, options, item, literal, entries, value, wrapped } = node
  const last = stepsOf(node).find(step => step.kind === 'schema' && stepsOf(step).length > 0)
  if (last && last.type === type && last !== node && last.entries === undefined) return baseText(last)
  if (type === 'instance') return node.expects === 'CID' ? 'link' : 'bytes'
  if (type === 'literal') return JSON.stringify(literal)
  if (type === 'picklist' && Array.isArray(options)) return options.map(option => JSON.stringify(option)).join(' or ')
  if ((type === 'union' || type === 'variant') && Array.isArray(options)) {
    return [...new Set(options.filter(isNode).map(typeText))].join(', or ')
  }
  if (type === 'array' && isNode(item)) return `list of ${typeText(item)}`
  if (type === 'record' && isNode(value)) return `map to ${typeText(value)}`
  if (type === 'nullable' && isNode(wrapped)) return `${typeText(wrapped)}, or null`
  if (typeof entries === 'object' && entries !== null) return `{${Object.entries(entries).map(entryText).join(', ')}}`
  return names[type] ?? type
}

function entryText([name, entry]: readonly [string, unknown]): string {
  return isNode(entry) && unwrap(entry).isOptional ? `${name}?` : name
}

/** What a pipe demands: `1 to 1024 characters`. */
function boundsText(steps: readonly Node[], unit: string): string {
  const of = (...types: readonly string[]) => {
    const found = steps.findLast(({ type }) => types.includes(type))?.requirement
    return typeof found === 'number' ? found : undefined
  }
  const bytes = of('max_bytes')
  const exact = of('length', 'size')
  const least = of('min_length', 'min_value', 'min_size')
  const most = of('max_length', 'max_value', 'max_size')
  const range = exact === undefined ? rangeText(least, most, unit) : `${exact}${unit}`
  return [range, bytes === undefined ? '' : `up to ${bytes} bytes`].filter(text => text !== '').join(', ')
}

function rangeText(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`
  if (most !== undefined) return `up to ${most}${unit}`
  return least === undefined || least === 0 ? '' : `from ${least}${unit}`
}
