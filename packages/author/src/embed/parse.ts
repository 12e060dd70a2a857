import { error, ok, type Result } from '@ipvm/ipld'
import { effectsInterface, taskType } from '@ipvm/wit'
import type { Doc } from '../docs/docs.ts'
import { witCharactersMax, witNestingMax } from '../limits.ts'
import { tokens, WitProblem, type MalformedWit, type Token } from './lexer.ts'
import type { Definition, ExportedText, Part, WitText, WitWorld } from './wit.ts'

/**
 * Reads the first world of WIT text: its types and exported functions, and their comments. What else may stand in WIT is
 * noted by name. Failure: `MalformedWit`.
 *
 * @param file how the text's file is called, for the message
 */
export function parseWit(text: string, file: string): Result<WitWorld, MalformedWit> {
  return witResult(text, file, () => {
    if (text.length > witCharactersMax) throw new WitProblem(`WIT of more than ${witCharactersMax} characters`, 0)
    return new Parser(tokens(text)).file()
  })
}

/** What is done with WIT text; a problem becomes data, with its line. */
export function witResult<T>(text: string, file: string, work: () => T): Result<T, MalformedWit> {
  try {
    return ok(work())
  } catch (thrown) {
    if (!(thrown instanceof WitProblem)) throw thrown
    const before = text.slice(0, thrown.offset).split('\n')
    const [line, column] = [before.length, (before.at(-1) ?? '').length + 1]
    return error({ name: 'MalformedWit', message: `${file}:${line}:${column}: ${thrown.problem}`, line, column })
  }
}

const label = /^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/

class Parser {
  readonly #tokens: Iterator<Token>
  #next: Token
  readonly #docs: Doc[] = []
  readonly #other: { what: string; offset: number }[] = []
  readonly #definitions: Definition[] = []
  readonly #functions: ExportedText[] = []

  constructor(list: Iterator<Token>) {
    this.#tokens = list
    this.#next = this.#read()
  }

  #read(): Token {
    const { value } = this.#tokens.next()
    return value ?? { text: '', isEscaped: false, docs: '', offset: 0 }
  }

  #take(): Token {
    const token = this.#next
    this.#next = this.#read()
    return token
  }

  #is(text: string): boolean {
    return this.#next.text === text && !this.#next.isEscaped
  }

  #maybe(text: string): boolean {
    if (!this.#is(text)) return false
    this.#take()
    return true
  }

  #expect(text: string): Token {
    return this.#is(text) ? this.#take() : this.#fail(`expected ${text}`)
  }

  #fail(expected: string): never {
    const found = this.#next.text === '' ? 'the end of the text' : JSON.stringify(this.#next.text)
    throw new WitProblem(`${expected}, got ${found}`, this.#next.offset)
  }

  #name(): string {
    return label.test(this.#next.text) ? this.#take().text : this.#fail('expected a name of a-z, 0-9 and dashes')
  }

  file(): WitWorld {
    const packageName = this.#is('package') ? this.#package() : 'root:component'
    while (!this.#is('world')) {
      if (this.#next.text === '') this.#fail('expected a world')
      this.#skipItem()
    }
    this.#take()
    const name = this.#name()
    this.#expect('{')
    while (!this.#maybe('}')) this.#item()
    while (this.#next.text !== '') this.#skipItem()
    const taken = { definitions: this.#definitions, functions: this.#functions, docs: this.#docs, other: this.#other }
    return { package: packageName, name, ...taken }
  }

  #package(): string {
    this.#take()
    let text = ''
    while (!this.#is(';')) text += this.#next.text === '' ? this.#fail('expected ;') : this.#take().text
    this.#take()
    return text
  }

  /** Steps over something that is noted by its first word, with its braces. */
  #skipItem(): void {
    const { text, offset } = this.#next
    this.#other.push({ what: text, offset })
    for (let depth = 0; ; ) {
      const token = this.#take()
      if (token.text === '') throw new WitProblem(`${text} without its end`, offset)
      if (token.text === '{') depth += 1
      if (token.text === '}') depth -= 1
      if (depth < 0) throw new WitProblem('expected an item, got "}"', token.offset)
      if (depth === 0 && (token.text === ';' || token.text === '}')) return
    }
  }

  #item(): void {
    const { docs, offset, text } = this.#next
    switch (text) {
      case 'export':
        this.#export(docs)
        return
      case 'type': {
        this.#take()
        const name = this.#defined(docs)
        this.#expect('=')
        this.#definitions.push({ kind: 'alias', name, type: this.#type(0), offset })
        this.#expect(';')
        return
      }
      case 'use':
        this.#use(offset)
        return
      case 'record':
      case 'variant':
      case 'enum':
      case 'flags':
        this.#take()
        this.#named(text, this.#defined(docs), offset)
        return
      default:
        if (!['import', 'include', 'resource', '@'].includes(text)) {
          this.#fail('expected export, record, variant, enum, flags or type')
        }
        this.#skipItem()
    }
  }

  /** Only the type with which a function asks for effects is known here; what else is used is noted. */
  #use(offset: number): void {
    this.#take()
    let path = ''
    while (!this.#is('{') && !this.#is(';'))
      path += this.#next.text === '' ? this.#fail('expected {') : this.#take().text
    const names: string[] = []
    for (this.#maybe('{'); !this.#is(';') && this.#next.text !== ''; ) {
      const { text } = this.#take()
      if (text !== ',' && text !== '}') names.push(text)
    }
    this.#expect(';')
    if (path === `${effectsInterface}.` && names.join(' ') === taskType) {
      this.#definitions.push({ kind: 'task', name: taskType, offset })
    } else this.#other.push({ what: 'use', offset })
  }

  #defined(docs: string): string {
    const name = this.#name()
    this.#note({ owner: '', kind: 'type', name }, docs)
    return name
  }

  #note(about: Omit<Doc, 'text'>, text: string): void {
    if (text !== '') this.#docs.push({ ...about, text })
  }

  #named(kind: 'record' | 'variant' | 'enum' | 'flags', name: string, offset: number): void {
    const own = { name, offset }
    if (kind === 'variant') {
      const parts = this.#parts(name, part => ({ name: part, type: this.#is('(') ? this.#payload() : undefined }))
      this.#definitions.push({ ...own, kind, parts })
    } else if (kind === 'record') {
      this.#definitions.push({ ...own, kind, parts: this.#parts(name, part => this.#field(part)) })
    } else this.#definitions.push({ ...own, kind, parts: this.#parts(name, part => ({ name: part })) })
  }

  #field(name: string): Part & { readonly type: WitText } {
    this.#expect(':')
    return { name, type: this.#type(0) }
  }

  #payload(): WitText {
    this.#expect('(')
    const type = this.#type(0)
    this.#expect(')')
    return type
  }

  #parts<T extends Part>(owner: string, rest: (name: string) => T): T[] {
    const parts: T[] = []
    this.#expect('{')
    while (!this.#is('}')) {
      const { docs } = this.#next
      const name = this.#name()
      this.#note({ owner: '', kind: 'type', name: owner, item: name }, docs)
      parts.push(rest(name))
      if (!this.#maybe(',')) break
    }
    this.#expect('}')
    return parts
  }

  #export(docs: string): void {
    const { offset } = this.#take()
    const name = this.#name()
    if (!this.#maybe(':') || !this.#is('func')) {
      this.#other.push({ what: 'export of an interface', offset })
      while (!this.#is(';') && this.#next.text !== '') this.#take()
      this.#expect(';')
      return
    }
    this.#take()
    this.#note({ owner: '', kind: 'function', name }, docs)
    const params: (Part & { type: WitText })[] = []
    this.#expect('(')
    while (!this.#is(')')) {
      params.push(this.#field(this.#name()))
      if (!this.#maybe(',')) break
    }
    this.#expect(')')
    const result = this.#maybe('->') ? this.#type(0) : undefined
    this.#expect(';')
    this.#functions.push({ name, params, result, offset })
  }

  #type(depth: number): WitText {
    const { text, offset, isEscaped } = this.#next
    if (depth > witNestingMax) throw new WitProblem(`a type nested deeper than ${witNestingMax}`, offset)
    const inner = () => this.#type(depth + 1)
    if (isEscaped) return { kind: 'name', name: this.#name(), offset }
    switch (text) {
      case 'list':
      case 'option': {
        this.#take()
        const [type, ...more] = this.#arguments(inner)
        if (!type || more.length > 0) throw new WitProblem(`${text} takes one type`, offset)
        return { kind: text, type }
      }
      case 'tuple': {
        this.#take()
        return { kind: 'tuple', types: this.#arguments(inner) }
      }
      case 'result': {
        this.#take()
        return this.#result(inner)
      }
      default:
        return { kind: 'name', name: this.#name(), offset }
    }
  }

  #arguments(inner: () => WitText): WitText[] {
    const types: WitText[] = []
    this.#expect('<')
    do types.push(inner())
    while (this.#maybe(',') && !this.#is('>'))
    this.#expect('>')
    return types
  }

  #result(inner: () => WitText): WitText {
    if (!this.#maybe('<')) return { kind: 'result', ok: undefined, error: undefined }
    const good = this.#maybe('_') ? undefined : inner()
    const bad = this.#maybe(',') ? inner() : undefined
    this.#expect('>')
    return { kind: 'result', ok: good, error: bad }
  }
}
