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
const loggingText = `interface logging {
  enum level { trace, debug, info, warn, error, critical }
  log: func(level: level, context: string, message: string);
}`

/** What the text of a world depends on beside its functions and types. */
export interface WorldTextOptions {
  /** The package that it takes its log from, where it has one; it is written out after the world. */
  readonly logging?: string
  /** The package that its types are in, where they need one ({@link needsPackage}). */
  readonly home: string
}

/** A world as WIT text, with the author's comments. */
export function worldText(world: WorldShape, { logging, home }: WorldTextOptions): string {
  const isApart = needsPackage(world)
  const isAsking = asksForTasks(world)
  const types = world.types.map(type => indented(`${docText(type.docs)}${definition(type)}`))
  const items = [
    ...(logging === undefined ? [] : [`  import ${logging}/logging;\n`]),
    ...(isApart ? [`  use ${home}/types.{${world.types.map(({ label }) => escaped(label)).join(', ')}};\n`] : types),
    ...world.functions.map(fn => indented(`${docText(fn.docs)}export ${functionText(fn)};`)),
  ]
  const packages = [
    ...(isApart ? [packageText(home, `interface types {\n${isAsking ? useTask : ''}${types.join('\n')}}`)] : []),
    ...(isAsking ? [packageText('ipvm:effects@0.1.0', 'interface types {\n  type task = list<u8>;\n}')] : []),
    ...(logging === undefined ? [] : [packageText(logging, loggingText)]),
  ]
  return [`package root:component;\n\nworld root {\n${items.join('\n')}}\n`, ...packages].join('\n')
}

/**
 * Whether a type with a name holds another one. The tool for QuickJS loses the names of such types when they are the
 * world's own, but not when they are an interface's (ADR 43).
 */
export function needsPackage({ types }: WorldShape): boolean {
  return types.some(type => partsOf(type).some(holdsNamed))
}

/** How an interface takes the type of the tasks that its functions ask for. */
const useTask = '  use ipvm:effects/types@0.1.0.{task};\n'

/** Whether some function asks for tasks. */
function asksForTasks({ types }: WorldShape): boolean {
  return types.some(type => partsOf(type).some(holdsTask))
}

function holdsTask(shape: Shape): boolean {
  if (shape.kind === 'bytes') return shape.task === true
  if (shape.kind === 'list') return holdsTask(shape.item)
  return shape.kind === 'option' && holdsTask(shape.some)
}

function partsOf(type: NamedShape): readonly Shape[] {
  if (type.kind === 'record') return type.fields.map(({ shape }) => shape)
  if (type.kind === 'variant') return type.cases.map(({ payload }) => payload).filter(part => part !== undefined)
  return []
}

function holdsNamed(shape: Shape): boolean {
  switch (shape.kind) {
    case 'list':
      return holdsNamed(shape.item)
    case 'option':
      return holdsNamed(shape.some)
    case 'tuple':
      return shape.items.some(holdsNamed)
    case 'result':
      return [shape.ok, shape.error].some(side => side !== undefined && holdsNamed(side))
    case 'bytes':
      return shape.task === true
    default:
      return 'label' in shape
  }
}

function packageText(name: string, content: string): string {
  return `package ${name} {\n${indented(content)}}\n`
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
      return shape.task ? 'task' : 'list<u8>'
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
