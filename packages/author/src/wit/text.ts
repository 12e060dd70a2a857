import type { FunctionShape, Labelled, NamedShape, Shape, WorldShape } from './shape.ts'

/** Words that WIT keeps for itself; a label among them is written with a percent sign. */
const keywords = new Set(
  (
    'as async bool borrow char constructor enum error-context export f32 f64 flags from func future import include ' +
    'interface list map option own package record resource result s16 s32 s64 s8 static stream string tuple type u16 ' +
    'u32 u64 u8 use variant with world'
  ).split(' '),
)

/** The interface that a guest writes its log with. */
export const loggingText = `interface logging {
  enum level { trace, debug, info, warn, error, critical }
  log: func(level: level, context: string, message: string);
}`

/**
 * A world as WIT text, with the author's comments. `logging` is the package that it takes its log from, where it has
 * one; the package is written out after the world.
 */
export function worldText({ functions, types }: WorldShape, logging?: string): string {
  const items = [
    ...(logging === undefined ? [] : [`  import ${logging}/logging;\n`]),
    ...types.map(type => indented(`${docText(type.docs)}${definition(type)}`)),
    ...functions.map(fn => indented(`${docText(fn.docs)}export ${functionText(fn)};`)),
  ]
  const world = `package root:component;\n\nworld root {\n${items.join('\n')}}\n`
  return logging === undefined ? world : `${world}\npackage ${logging} {\n${indented(loggingText)}}\n`
}

function functionText({ label, params, result }: FunctionShape): string {
  const list = params.map(param => `${escaped(param.label)}: ${typeText(param.shape)}`).join(', ')
  return `${escaped(label)}: func(${list})${result === undefined ? '' : ` -> ${typeText(result)}`}`
}

function definition(type: NamedShape): string {
  const name = escaped(type.label)
  switch (type.kind) {
    case 'record':
      return `record ${name} ${block(type.fields, ({ shape }) => `: ${typeText(shape)}`)}`
    case 'variant':
      return `variant ${name} ${block(type.cases, ({ payload }) => (payload === undefined ? '' : `(${typeText(payload)})`))}`
    case 'enum':
    case 'flags':
      return `${type.kind} ${name} ${block(type.cases, () => '')}`
  }
}

function block<T extends Labelled>(parts: readonly T[], after: (part: T) => string): string {
  return `{\n${parts.map(part => indented(`${docText(part.docs)}${escaped(part.label)}${after(part)},`)).join('')}}`
}

function typeText(shape: Shape): string {
  switch (shape.kind) {
    case 'number':
    case 'bigint':
      return shape.wit
    case 'bool':
    case 'char':
    case 'string':
      return shape.kind
    case 'bytes':
      return 'list<u8>'
    case 'list':
      return `list<${typeText(shape.item)}>`
    case 'tuple':
      return `tuple<${shape.items.map(typeText).join(', ')}>`
    case 'option':
      return `option<${typeText(shape.some)}>`
    case 'result':
      return resultText(shape.ok, shape.error)
    default:
      return escaped(shape.label)
  }
}

function resultText(ok: Shape | undefined, error: Shape | undefined): string {
  if (error === undefined) return ok === undefined ? 'result' : `result<${typeText(ok)}>`
  return `result<${ok === undefined ? '_' : typeText(ok)}, ${typeText(error)}>`
}

function docText(docs: string): string {
  return docs === ''
    ? ''
    : `${docs
        .split('\n')
        .map(line => `/// ${line}`.trimEnd())
        .join('\n')}\n`
}

function escaped(label: string): string {
  return keywords.has(label) ? `%${label}` : label
}

function indented(text: string): string {
  return `${text
    .trimEnd()
    .split('\n')
    .map(line => (line === '' ? '' : `  ${line}`))
    .join('\n')}\n`
}
