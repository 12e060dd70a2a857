import { Buffer } from 'node:buffer'
import type { Action, Command, ModuleBinary, Script } from '../script.ts'
import type { Assemble } from './assembler.ts'
import { Constants } from './constant.ts'
import { headOf, readExpressions, textOf, type Expression } from './expression.ts'

/** Reads a script of the specification's tests and assembles its modules. */
export async function readScript(name: string, source: string, assemble: Assemble): Promise<Script> {
  const expressions = readExpressions(source)
  const isScript = expressions.some(expression => /^(module|assert_|register$|invoke$)/.test(headOf(expression)))
  if (!isScript) {
    // The fields of one module without the brackets around them.
    return { source: name, commands: [{ type: 'module', line: 1, module: await assembled(source, assemble) }] }
  }
  const reader = new ScriptReader(source, assemble, await Constants.of(expressions, assemble))
  const commands: Command[] = []
  for (const expression of expressions) {
    commands.push({ line: reader.lineOf(expression), ...(await reader.command(expression)) })
  }
  return { source: name, commands }
}

/** `Omit`, for each member of a union. */
type WithoutLine<T> = T extends unknown ? Omit<T, 'line'> : never

class ScriptReader {
  readonly #source: string
  readonly #assemble: Assemble
  readonly #constants: Constants
  readonly #lineStarts: readonly number[]

  constructor(source: string, assemble: Assemble, constants: Constants) {
    this.#source = source
    this.#assemble = assemble
    this.#constants = constants
    this.#lineStarts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)]
  }

  lineOf({ start }: Expression): number {
    const after = this.#lineStarts.findIndex(lineStart => lineStart > start)
    return after === -1 ? this.#lineStarts.length : after
  }

  async command(expression: Expression): Promise<WithoutLine<Command>> {
    const head = headOf(expression)
    const [, ...items] = expression.kind === 'list' ? expression.items : []
    const [first, second] = items
    switch (head) {
      case 'module':
        return this.#module(expression, items)
      case 'register':
        return { type: 'register', as: textOf(first), ...idOf('name', second) }
      case 'invoke':
      case 'get':
        return { type: 'action', action: this.#action(expression) }
      case 'assert_return': {
        const expected = items.slice(1).map(value => this.#constants.read(value))
        return { type: head, action: this.#action(first), expected }
      }
      case 'assert_trap':
        if (headOf(first) === 'module') {
          return { type: 'assert_uninstantiable', module: await this.#binary(first), text: textOf(second) }
        }
        return { type: head, action: this.#action(first), text: textOf(second) }
      case 'assert_exhaustion':
        return { type: head, action: this.#action(first), text: textOf(second) }
      case 'assert_invalid':
      case 'assert_malformed':
      case 'assert_unlinkable':
        return { type: head, module: await this.#binary(first, head === 'assert_malformed'), text: textOf(second) }
      default:
        return { type: 'other', reason: head }
    }
  }

  async #module(expression: Expression, items: readonly Expression[]): Promise<WithoutLine<Command>> {
    const [first, second] = items
    const kind = first?.kind === 'atom' ? first.text : ''
    if (kind === 'instance') {
      const definition = items[2]?.kind === 'atom' ? items[2].text : ''
      return { type: 'module_instance', ...idOf('name', second), definition }
    }
    const isDefinition = kind === 'definition'
    const name = idOf('name', isDefinition ? second : first)
    return { type: isDefinition ? 'module_definition' : 'module', ...name, module: await this.#binary(expression) }
  }

  async #binary(module: Expression | undefined, isMalformed = false): Promise<ModuleBinary> {
    if (module?.kind !== 'list') throw new SyntaxError('a module is missing')
    const quote = module.items.findIndex(item => item.kind === 'atom' && item.text === 'quote')
    if (quote !== -1 && isMalformed) return { problem: 'text format' }
    if (quote !== -1)
      return assembled(
        module.items
          .slice(quote + 1)
          .map(textOf)
          .join(' '),
        this.#assemble,
      )
    const definition = module.items.find(item => item.kind === 'atom' && item.text === 'definition')
    const text = this.#source.slice(definition?.end ?? module.start, module.end)
    return assembled(definition ? `(module ${text}` : text, this.#assemble)
  }

  #action(expression: Expression | undefined): Action {
    const head = headOf(expression)
    const [, ...items] = expression?.kind === 'list' ? expression.items : []
    const module = idOf('module', items[0])
    const [field, ...args] = 'module' in module ? items.slice(1) : items
    return {
      type: head === 'get' ? 'get' : 'invoke',
      ...module,
      field: textOf(field),
      args: args.map(arg => this.#constants.read(arg)),
    }
  }
}

/** An identifier as a field of this name, where there is one. */
function idOf<Name extends string>(name: Name, expression: Expression | undefined): { readonly [_ in Name]?: string } {
  const found: { [_ in Name]?: string } = {}
  if (expression?.kind === 'atom' && expression.text.startsWith('$')) found[name] = expression.text
  return found
}

async function assembled(text: string, assemble: Assemble): Promise<ModuleBinary> {
  try {
    return { base64: Buffer.from(await assemble(escaped(text))).toString('base64') }
  } catch {
    return { problem: 'the assembler does not read its text' }
  }
}

/** The assembler refuses characters in names that people may confuse; escaped they are the same names. */
function escaped(text: string): string {
  return text.replace(/[^\0-\x7f]+/gu, characters =>
    [...Buffer.from(characters)].map(byte => `\\${byte.toString(16)}`).join(''),
  )
}
